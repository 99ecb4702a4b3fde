"""One field of a YAML file is set; every other byte stays."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registrar.config.yaml_edit import UneditableError, read_field, set_field

OLD, NEW = "sha256:" + "1" * 64, "sha256:" + "4f8a" * 16


def pin(text: str, *path: str | int) -> str:
    return set_field(text, path or ("digest",), NEW, after="uri")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uri: m\n", f"uri: m\ndigest: {NEW}\n"),
        ("uri: m", f"uri: m\ndigest: {NEW}"),
        ("uri: m\r\nname: a\r\n", f"uri: m\r\ndigest: {NEW}\r\nname: a\r\n"),
        ("name: a\r\nuri: m", f"name: a\r\nuri: m\r\ndigest: {NEW}"),
        ("\ufeffuri: m # here\n# next\nname: a\n", f"\ufeffuri: m # here\ndigest: {NEW}\n# next\nname: a\n"),
        ("uri: 'm'\n\n\nname: a\n", f"uri: 'm'\ndigest: {NEW}\n\n\nname: a\n"),
        ("uri:\n  m\nname: a\n", f"uri:\n  m\ndigest: {NEW}\nname: a\n"),
        ("{name: a, uri: m}\n", f"{{name: a, uri: m, digest: {NEW}}}\n"),
        ("{uri: m, name: a} # c\n", f"{{uri: m, digest: {NEW}, name: a}} # c\n"),
        (f"digest: {OLD}  # c\nuri: m\n", f"digest: {NEW}  # c\nuri: m\n"),
        (f"uri: m\ndigest: '{OLD}'\n", f"uri: m\ndigest: '{NEW}'\n"),
        (f'{{"uri": "m", "digest": "{OLD}"}}', f'{{"uri": "m", "digest": "{NEW}"}}'),
        ("é: 日本\nuri: 模型 # ü\n", f"é: 日本\nuri: 模型 # ü\ndigest: {NEW}\n"),
        ("---\nuri: m\n...\n", f"---\nuri: m\ndigest: {NEW}\n...\n"),
    ],
)  # fmt: skip
def test_the_digest_stands_below_the_uri(before: str, after: str) -> None:
    assert pin(before) == after
    assert pin(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "versions:\n  - uri: m  # one\n    aliases: [a]\n  - aliases: [b]\n    uri: n\n",
            f"versions:\n  - uri: m  # one\n    aliases: [a]\n  - aliases: [b]\n    uri: n\n    digest: {NEW}\n",
        ),
        (
            "versions:\n- uri: m\n-   uri: n\n    aliases: [b]\n",
            f"versions:\n- uri: m\n-   uri: n\n    digest: {NEW}\n    aliases: [b]\n",
        ),
        (
            "versions: [{uri: m}, {uri: n}]\n",
            f"versions: [{{uri: m}}, {{uri: n, digest: {NEW}}}]\n",
        ),
        (
            "versions:\n- {uri: m}\n- {uri: n, aliases: [b]}\n",
            f"versions:\n- {{uri: m}}\n- {{uri: n, digest: {NEW}, aliases: [b]}}\n",
        ),
    ],
)
def test_an_entry_of_a_list_gets_its_own(before: str, after: str) -> None:
    assert pin(before, "versions", 1, "digest") == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name: a\n", "'uri' is not written beside it"),
        ("uri: >-\n  m\n", "'uri' is not written on one line"),
        ("uri: m\n  n\n", "'uri' is not written on one line"),
        (f"uri: m\ndigest: >-\n  {OLD}\n", "not written as plain text"),
        (f"uri: m\ndigest: &d {OLD}\nx: *d\n", "not written as plain text"),
        (f"uri: m\nx: &d {OLD}\ndigest: *d\n", "not written as plain text"),
        (f'uri: m\ndigest: "\\x73ha256:{"1" * 64}"\n', "not written as plain text"),
        ("uri: m\ndigest: [a]\n", "not written as plain text"),
        ("base: &b {uri: m}\n<<: *b\n", "'uri' is not written beside it"),
        ("a: 1\nuri: m\n--- \nb: 2\n", "not YAML that can be edited"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UneditableError, match=reason):
        pin(text)


def test_a_mapping_that_an_alias_repeats_is_refused() -> None:
    text = "a: &b {uri: m}\nc: *b\n"
    with pytest.raises(UneditableError, match="other values would change"):
        set_field(text, ("a", "digest"), NEW, after="uri")


def test_a_field_is_read_as_it_is_written() -> None:
    assert read_field("uri: ${oc.env:A}/m\n", ("uri",)) == "${oc.env:A}/m"
    assert read_field("uri: [a]\n", ("uri",)) is None


words = st.text(st.sampled_from("ab:é 1#'\"-[]{},&*!|>%@\n\t"), max_size=8)
values = st.recursive(words, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
comments = st.sampled_from(["", "  # a comment", "   "])


@given(
    fields=st.dictionaries(st.sampled_from(["a", "b", "c", "name"]), values, max_size=3),
    uri=st.sampled_from(["models/m", "'models/m'", '"models/m"', "models:/m@champion"]),
    where=st.integers(0, 3),
    comment=comments,
    is_flow=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_only_one_line_is_new_whatever_the_file_holds(
    fields: dict[str, Any], uri: str, where: int, comment: str, is_flow: bool, line_end: str
) -> None:  # fmt: skip
    lines = [
        yaml.safe_dump({key: value}, allow_unicode=True, default_flow_style=is_flow, width=999).strip("\n")
        for key, value in fields.items()
    ]  # fmt: skip
    if is_flow:
        lines = [line[1:-1] for line in lines]
    lines.insert(where, f"uri: {uri}{comment}")
    text = "".join(f"{line}\n" for line in lines).replace("\n", line_end)
    edited = pin(text)
    added = f"digest: {NEW}{line_end}"
    assert edited.count(added) == 1
    assert edited.replace(added, "") == text
    assert yaml.safe_load(edited) == {**yaml.safe_load(text), "digest": NEW}
    assert pin(edited) == edited
