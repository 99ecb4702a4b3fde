"""Text helpers that know nothing of models: escapes, key paths, near misses, plurals, times."""

from __future__ import annotations

import difflib
import functools
import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "KeyPath",
    "canonical_json",
    "cut",
    "dotted",
    "format_minute",
    "format_time",
    "format_value",
    "has_surrogate",
    "is_printable",
    "list_some",
    "nearest",
    "parse_time",
    "plural",
    "printable",
    "quote",
    "share",
]

# Where a value stands in a configuration: keys of mappings and positions in lists.
KeyPath: TypeAlias = tuple[str | int, ...]

# Letters and marks that Python counts as printable, but that a person cannot see: fillers of Hangul,
# variation selectors, joiners, the empty pattern of Braille.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)
# What the programs that run CI jobs take for a command when a job prints it: `##[...]` and `::...::`
# of GitHub, `##vso[...]` of Azure, `##teamcity[...]`. They look for the first kind in all of a line.
RUNNER_COMMAND = re.compile(r"##(?=\w*\[)")
RUNNER_LINE = re.compile(r"\A(\s*):(?=:[\w-].*::)", re.DOTALL)
DOTS = "..."
PART_OF_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{0,3})?\Z")  # at the end of a text that was cut
SURROGATE = re.compile("[\ud800-\udfff]")
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
MOST_SHARED = 4096  # texts
LONG = 100  # characters; a longer text is seldom there twice
SHORTEST_BEGINNING = 3  # characters of a word that is cut off, such as `desc`
SIMILARITY = 0.6  # difflib's own default; below it, suggestions are often wrong


def canonical_json(value: object) -> str:
    """Return the one JSON spelling of a value: keys sorted, no spaces, characters as they are."""
    return CANONICAL.encode(value)


def format_value(value: object) -> str:
    """Return a metadata value as the text that MLflow stores.

    Text stays as it is. Booleans become `true` and `false`, numbers their shortest form, lists and
    mappings compact JSON with sorted keys.
    """
    return value if isinstance(value, str) else canonical_json(value)


def printable(text: str) -> str:
    r"""Return `text` on one line, with JSON's escapes for what a terminal would act on or hide.

    So is what the log of a CI job would act on.

    >>> print(printable("a\x1b[31m\n"))
    a\u001b[31m\n
    """
    if is_printable(text):
        return text
    shown = "".join(char if is_printable(char) else json.dumps(char)[1:-1] for char in text)
    return RUNNER_COMMAND.sub(r"\\u0023#", RUNNER_LINE.sub(r"\1\\u003a", shown))


def is_printable(text: str) -> bool:
    """Return whether every character of `text` can be seen, or is a space, and is no command."""
    if not text.isprintable() or not (text.isascii() or INVISIBLE.search(text) is None):
        return False
    has_command = "##" in text and RUNNER_COMMAND.search(text) is not None
    return not has_command and not ("::" in text and RUNNER_LINE.match(text))


def quote(text: str) -> str:
    """Return `text` between single quotes, on one line."""
    return f"'{printable(text)}'"


def share(text: str) -> str:
    """Return an equal text, the same one for many callers: ten thousand models hold it once.

    The texts of an interpreter's own table may stay for good, and a server can send any number.
    """
    return _find_shared(text) if len(text) <= LONG else text


@functools.lru_cache(maxsize=MOST_SHARED)
def _find_shared(text: str) -> str:
    return text


def cut(text: str, most: int) -> str:
    r"""Return a text of at most `most` characters; `...` stands for what is left out.

    No escape and no letter with its accents is torn apart.

    >>> print(cut(r"ab\u001b[31m", 10))
    ab...
    """
    if len(text) <= most:
        return text
    import unicodedata  # most texts are short enough

    end = max(most - len(DOTS), 0)
    while end and unicodedata.combining(text[end]):
        end -= 1
    return PART_OF_ESCAPE.sub("", text[:end]) + DOTS


def list_some(names: Sequence[str], most: int = 3) -> str:
    """Return the first `most` names, and how many more there are.

    >>> list_some(["a", "b", "c", "d"])
    'a, b, c and 1 more'
    """
    listed = ", ".join(map(printable, names[:most]))
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


def dotted(path: KeyPath) -> str:
    """Return a path as an override spells it.

    >>> dotted(("model", "versions", 0, "uri"))
    'model.versions[0].uri'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = printable(part) or "''"
            text += f".{name}" if text else name
    return text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be, whatever its case; else None.

    It may be the beginning of one known word alone.
    """
    by_lower = {name.lower(): name for name in reversed(list(known))}
    close = difflib.get_close_matches(word.lower(), by_lower, 1, cutoff=SIMILARITY)
    if not close and len(word) >= SHORTEST_BEGINNING:
        begun = [name for name in by_lower if name.startswith(word.lower())]
        close = begun if len(begun) == 1 else []
    return by_lower[close[0]] if close else None


def plural(count: int, noun: str) -> str:
    """Return `1 model`, `2 models`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def has_surrogate(text: str) -> bool:
    """Return whether `text` holds half of a surrogate pair, so that UTF-8 cannot encode it."""
    return not text.isascii() and SURROGATE.search(text) is not None


def parse_time(text: str) -> int:
    """Return a date or time in ISO 8601 as milliseconds since 1970; UTC where it names no zone.

    Raises ValueError. Python 3.10 reads neither `Z` nor the forms without hyphens.
    """
    zulu = f"{text[:-1]}+00:00" if text[-1:] in {"Z", "z"} else text
    moment = datetime.fromisoformat(zulu)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def format_time(milliseconds: int) -> str:
    """Return milliseconds since 1970 in ISO 8601, UTC, to the millisecond."""
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_minute(milliseconds: int) -> str:
    """Return milliseconds since 1970 as `2026-01-31 13:45`, UTC, for tables."""
    return datetime.fromtimestamp(milliseconds // 1000, timezone.utc).strftime("%Y-%m-%d %H:%M")
