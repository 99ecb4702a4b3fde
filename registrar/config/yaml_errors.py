"""What YAML's parser refuses, in words that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registrar.errors import Problem

if TYPE_CHECKING:
    import yaml

__all__ = ["explain", "explain_bytes", "explain_character"]

UNCLOSED = {
    "while parsing a flow sequence": ("list", "]"),
    "while parsing a flow mapping": ("mapping", "}"),
    "while scanning a quoted scalar": ("quoted text", "quotation mark"),
}


def explain(error: yaml.MarkedYAMLError) -> Problem:
    """The problem of a file that is not YAML, at its line and column."""
    what = error.problem or error.context or "it cannot be read"
    hint = None
    mark = error.problem_mark
    character = re.fullmatch(r"found character '(.+)' that cannot start any token", what)
    if character and character[1] == r"\t":
        what, hint = "a tab indents a line", "Indent with spaces."
    elif character:
        what, hint = f"a value cannot start with {character[1]}", "Quote the value."
    elif error.context in UNCLOSED and error.context_mark:
        kind, end = UNCLOSED[error.context]
        what, hint, mark = f"a {kind} is not closed", f"Close it with {end}.", error.context_mark
        if end not in "]}":
            hint = "Close it with the same quotation mark."
    elif error.context == "while parsing a flow node":
        what, hint = "a value is missing or has to be quoted", "Quote it, or close the bracket."
    elif "mapping values are not allowed" in what:
        what = "a ':' stands where no key can be"
        hint = "Quote a value that holds ': ', and indent the keys of a mapping alike."
    elif "duplicate key" in what:
        what, hint = what.removeprefix("found "), "Keep one of them."
    elif "undefined alias" in what:
        what, hint = what.removeprefix("found "), "Quote a value that starts with '*'."
    elif "another document" in what:
        what, hint = "a second document starts here", "Keep one document in a file."
    elif unknown := re.fullmatch(r"could not determine a constructor for the tag '(.+)'", what):
        if unknown[1].endswith(":value"):
            what, hint = "'=' is not a value", "Quote it: '='."
        else:
            what, hint = f"the tag {unknown[1]} is unknown", "Take it out, or quote the value."
    elif error.context == "while parsing a block mapping":
        what, hint = (
            "a line is neither a key nor a value",
            "Write `key: value`, keys indented alike.",
        )
    problem = Problem("todo", f"is not valid YAML: {what}", hint)
    return problem.at(line=mark.line + 1, column=mark.column + 1) if mark else problem


def explain_character(text: str, error: yaml.reader.ReaderError) -> Problem:
    """The problem of a character that YAML does not allow."""
    line, column = _place(text[: error.position])
    code = f"U+{ord(text[error.position]):04X}"
    problem = Problem(
        "todo", f"is not valid YAML: it holds the control character {code}", "Take it out."
    )
    return problem.at(line=line, column=column)


def explain_bytes(content: bytes, error: UnicodeDecodeError) -> Problem:
    """The problem of a file that is not UTF-8."""
    line, column = _place(content[: error.start].decode())
    problem = Problem("todo", f"is not UTF-8: {error.reason}", "Save it as UTF-8.")
    return problem.at(line=line, column=column)


def _place(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows `before`."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
