"""What `dump` writes reads back as the same values, whatever the registry holds."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from registrar.config.yaml_writer import write_document

LINE_BREAKS = ("\n", "\r", "\r\n", "\x85", "\u2028", "\u2029")


def test_no_line_break_ends_a_comment() -> None:
    for line_break in LINE_BREAKS:
        source = f"gs://b/x{line_break}owner: victim/team{line_break}aliases: [champion]"
        text = write_document({"name": "m", "uri": "s3://b/m"}, {("uri",): f"cannot read {source}"})
        assert yaml.safe_load(text) == {"name": "m", "uri": "s3://b/m"}


@pytest.mark.parametrize("char", ["\u3164", "\u202e", "\u200b", "\ufe0f", "\u2028", "\x85"])
@pytest.mark.parametrize("value", ["a{}b", "a{}\nb", "{}", "é{}"])
def test_what_cannot_be_seen_is_written_as_an_escape(char: str, value: str) -> None:
    fields = {"name": "m", "description": value.format(char), "metadata": {value.format(char): "x"}}
    text = write_document(fields, {})
    assert char not in text
    assert yaml.safe_load(text) == fields


@given(st.text())
def test_any_comment_stays_a_comment(comment: str) -> None:
    fields = {"name": "m", "versions": [{"uri": "s3://b/m", "description": "x"}]}
    comments = {("name",): comment, ("versions", 0, "uri"): comment}
    text = write_document(fields, comments)
    assert OmegaConf.to_container(OmegaConf.create(text)) == fields


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_reads_back_equal(value: str) -> None:
    text = write_document({"name": "m", "uri": "s3://b/m", "description": value}, {})
    config = OmegaConf.create(text)
    assert OmegaConf.to_container(config, resolve=True)["description"] == value  # type: ignore[call-overload,index]
