"""Text helpers: one spelling for one thing."""

from __future__ import annotations

import doctest
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import registrar.text
from registrar.text import (
    canonical_json,
    cut,
    dotted,
    format_minute,
    format_time,
    format_value,
    has_surrogate,
    is_printable,
    nearest,
    parse_time,
    plural,
    printable,
    quote,
    share,
)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(registrar.text).failed == 0


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc..."),
        (r"ab\u001b[31m", 11, r"ab\u001b..."),
        (r"ab\u001b[31m", 10, "ab..."),
        (r"ab\u001b[31m", 6, "ab..."),
        ("abe\u0301fghi", 7, "abe\u0301..."),
        ("abe\u0301fghi", 6, "ab..."),
        ("\u0301" * 9, 6, "..."),
    ],
)
def test_a_text_is_cut_between_its_letters_and_its_escapes(
    text: str, most: int, shown: str
) -> None:
    assert cut(text, most) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        (["@x", "é"], '["@x","é"]'),
    ],
)
def test_canonical_json_has_one_spelling(value: object, text: str) -> None:
    assert canonical_json(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (True, "true"), (1.10, "1.1"), (3, "3"), ([1, "a"], '[1,"a"]'), ({}, "{}")],
)
def test_a_value_as_mlflow_stores_it(value: object, text: str) -> None:
    assert format_value(value) == text


@pytest.mark.parametrize(
    "char", "\u3164\uffa0\u115f\u1160\u034f\u17b4\u180b\u2800\ufe0f\U000e0100\u200b\u202e"
)
def test_what_cannot_be_seen_is_escaped(char: str) -> None:
    assert not is_printable(f"a{char}")
    assert printable(f"a{char}") == f"a{json.dumps(char)[1:-1]}"


def test_what_can_be_seen_is_left() -> None:
    assert printable("naïve 日本語 한글 x\u0301 €") == "naïve 日本語 한글 x\u0301 €"


@given(st.text(st.characters()))
def test_printable_text_is_printable_and_its_escapes_are_those_of_json(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    if not set(text) & set('"\\'):
        assert json.loads(f'"{shown}"').encode("utf-16", "surrogatepass") == text.encode(
            "utf-16", "surrogatepass"
        )


def test_quoted_text_stays_on_one_line() -> None:
    assert quote("a\nb") == r"'a\nb'"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("model", "aliases", 0), "model.aliases[0]"),
        (("model", ""), "model.''"),
        ((0, "a"), "[0].a"),
    ],
)
def test_a_path_as_an_override_spells_it(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("descripton", ["description", "name"], "description"),
        ("NAME", ["Name"], "Name"),
        ("name", ["Name", "name"], "Name"),
        ("zzz", ["name"], None),
        ("desc", ["description", "tags"], "description"),
        ("desc", ["description", "descent"], "descent"),
        ("mod", ["modelled", "moderated"], None),
        ("name", [], None),
    ],
)
def test_a_misspelt_word_gets_the_nearest_known_one(
    word: str, known: list[str], meant: str | None
) -> None:
    assert nearest(word, known) == meant


def test_plural_adds_an_s_unless_there_is_one() -> None:
    assert [plural(count, "model") for count in (0, 1, 2)] == ["0 models", "1 model", "2 models"]


@given(st.text(st.characters()))
def test_a_surrogate_is_what_utf8_cannot_encode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        assert has_surrogate(text)
    else:
        assert not has_surrogate(text)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T01:00:00+01:00", 0),
    ],
)
def test_times_are_read_in_iso_8601(text: str, milliseconds: int) -> None:
    assert parse_time(text) == milliseconds


def test_times_are_written_in_utc() -> None:
    assert format_time(1_769_867_130_456) == "2026-01-31T13:45:30.456Z"
    assert format_minute(1_769_867_130_456) == "2026-01-31 13:45"


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        parse_time("yesterday")


def test_a_text_is_shared_unless_it_is_long() -> None:
    assert share(str(10**50)) is share(str(10**50))
    one, another = str(10**150), str(10**150)
    assert share(one) is one
    assert share(another) is another
