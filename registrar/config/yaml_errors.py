"""What YAML's parser refuses, in words that say what to do.

PyYAML's errors have no code: only their texts tell one from another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registrar.errors import Problem

if TYPE_CHECKING:
    import yaml

__all__ = ["explain_bytes", "explain_character", "explain_yaml", "find_line_and_column"]

UNCLOSED = {
    "while parsing a flow sequence": ("list", "]"),
    "while parsing a flow mapping": ("mapping", "}"),
    "while scanning a quoted scalar": ("quoted text", "the same quotation mark"),
}
NO_KEY = "while scanning a simple key"
TAB = r"\t"


def explain_yaml(error: yaml.MarkedYAMLError) -> Problem:
    """Return the problem of a file that is not YAML, at its line and column."""
    message, hint = _describe(error)
    mark = error.problem_mark
    starts_earlier = error.context in {*UNCLOSED, NO_KEY} and not _match_bad_start(error)
    if starts_earlier and error.context_mark:
        mark = error.context_mark
    problem = Problem("invalid-yaml", f"is not valid YAML: {message}", hint)
    return problem.at(line=mark.line + 1, column=mark.column + 1) if mark else problem


def explain_character(text: str, error: yaml.reader.ReaderError) -> Problem:
    """Return the problem of a character that YAML does not allow."""
    line, column = find_line_and_column(text[: error.position])
    code = f"U+{ord(text[error.position]):04X}"
    message = f"is not valid YAML: it holds the control character {code}"
    return Problem("invalid-yaml", message, "Remove it.").at(line=line, column=column)


def explain_bytes(content: bytes, error: UnicodeDecodeError) -> Problem:
    """Return the problem of a file that is not UTF-8."""
    line, column = find_line_and_column(content[: error.start].decode())
    problem = Problem("not-utf-8", f"is not UTF-8: {error.reason}", "Save it as UTF-8.")
    return problem.at(line=line, column=column)


def _describe(error: yaml.MarkedYAMLError) -> tuple[str, str | None]:
    """Return what is wrong, and what to do."""
    what = error.problem or error.context or "it cannot be read"
    if character := _match_bad_start(error):
        if character[1] == TAB:
            return "a tab indents a line", "Indent with spaces."
        return f"a value cannot start with {character[1]}", "Quote the value."
    if error.context in UNCLOSED and error.context_mark:
        kind, end = UNCLOSED[error.context]
        return f"a {kind} is not closed", f"Close it with {end}."
    if error.context in {"while parsing a flow node", "while parsing a block node"}:
        return "a value is missing or has to be quoted", "Quote it, or close the bracket."
    if "mapping values are not allowed" in what:
        hint = "Quote a value that holds ': ', and indent the keys of a mapping alike."
        return "a ':' follows something that cannot be a key", hint
    if "duplicate key" in what:
        return what.removeprefix("found "), "Keep one of them."
    if "undefined alias" in what:
        return what.removeprefix("found "), "Quote a value that starts with '*'."
    if "another document" in what:
        return "a second document starts here", "Keep one document in a file."
    if unknown := re.fullmatch(r"could not determine a constructor for the tag '(.+)'", what):
        if unknown[1].endswith(":value"):
            return "'=' is not a value", "Quote it: '='."
        return f"the tag {unknown[1]} is unknown", "Remove it, or quote the value."
    if error.context in {"while parsing a block mapping", NO_KEY}:
        return "a line is neither a key nor a value", "Write `key: value`, keys indented alike."
    if error.context == "while parsing a block collection":
        return "a line in a list is no item of it", "Write `- value`, items indented alike."
    if error.context == "while scanning a double-quoted scalar":
        return what.removeprefix("found "), "Write \\\\ for a backslash, or use single quotes."
    return what, None


def _match_bad_start(error: yaml.MarkedYAMLError) -> re.Match[str] | None:
    """Return the match of a character that no value can start with; its group 1 is the character."""
    return re.fullmatch(r"found character '(.+)' that cannot start any token", error.problem or "")


def find_line_and_column(before: str) -> tuple[int, int]:
    """Return line and column, from 1, of what follows `before`."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
