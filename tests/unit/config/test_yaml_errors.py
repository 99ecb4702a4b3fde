"""What is not YAML is told in words that say what to do, at its line and column."""

from __future__ import annotations

import pytest
import yaml

from registrar.config.yaml_errors import explain_bytes, explain_character, explain_yaml

KEYS = "Write `key: value`, keys indented alike."
CASES = {
    "a: [1, 2\nb: 3\n": "1:4: a list is not closed. Close it with ].",
    "a: {b: 1\nc: 2\n": "1:4: a mapping is not closed. Close it with }.",
    "a: 'x\nb: 1\n": "1:4: a quoted text is not closed. Close it with the same quotation mark.",
    "a:\n\tb: 1\n": "2:1: a tab indents a line. Indent with spaces.",
    "a: @x\n": "1:4: a value cannot start with @. Quote the value.",
    "a: b: c\n": (
        "1:5: a ':' follows something that cannot be a key. Quote a value that holds ': ', and "
        "indent the keys of a mapping alike."
    ),
    "a: *x\n": "1:4: undefined alias 'x'. Quote a value that starts with '*'.",
    "--- {a: 1}\n--- {b: 2}\n": (
        "2:1: a second document starts here. Keep one document in a file."
    ),
    "a: !!foo 1\n": (
        "1:4: the tag tag:yaml.org,2002:foo is unknown. Remove it, or quote the value."
    ),
    "a: =\n": "1:4: '=' is not a value. Quote it: '='.",
    "a: [,]\n": "1:5: a value is missing or has to be quoted. Quote it, or close the bracket.",
    "a: ]\n": "1:4: a value is missing or has to be quoted. Quote it, or close the bracket.",
    "a: 1\nb\n": f"2:1: a line is neither a key nor a value. {KEYS}",
    "a: 'x' y\n": f"1:8: a line is neither a key nor a value. {KEYS}",
    "- a\nb: 1\n": "2:1: a line in a list is no item of it. Write `- value`, items indented alike.",
    'a: "\\q"\n': (
        "1:6: unknown escape character 'q'. Write \\\\ for a backslash, or use single quotes."
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_an_error_says_where_it_is_and_what_to_do(text: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml.load(text, yaml.SafeLoader)
    problem = explain_yaml(caught.value)
    place, _, rest = CASES[text].partition(": ")
    assert str(problem) == f"{place}: is not valid YAML: {rest}"
    assert problem.code == "invalid-yaml"


def test_a_control_character_is_named_at_its_place() -> None:
    text = "a: 1\nb: \x07\n"
    with pytest.raises(yaml.reader.ReaderError) as caught:
        yaml.load(text, yaml.SafeLoader)
    assert str(explain_character(text, caught.value)) == (
        "2:4: is not valid YAML: it holds the control character U+0007. Remove it."
    )


def test_bytes_that_are_not_utf8_are_told_at_their_place() -> None:
    content = "a: 1\nb: é".encode() + b"\xff\n"
    with pytest.raises(UnicodeDecodeError) as caught:
        content.decode()
    problem = explain_bytes(content, caught.value)
    assert str(problem) == "2:5: is not UTF-8: invalid start byte. Save it as UTF-8."
    assert problem.code == "not-utf-8"
