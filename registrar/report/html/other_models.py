"""What the filter of one page knows of the models of all pages: a list that each page carries."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.report.html.index_page import IndexRow

__all__ = ["list_known_models"]

MOST = 160_000  # bytes of the list
BASE = 36  # of the digit that says how many characters a name shares with the one before
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class KnownModels:
    """The list as JSON, and by what it finds a model."""

    document: Markup
    keys: str


def list_known_models(rows: Sequence[IndexRow]) -> KnownModels | None:
    """Return the list with as much of each model as there is room for; None without room for names.

    Texts that many models have stand in it once. A name stands there without the characters that it
    shares with the name before.
    """
    names = [*_write_names(rows)]
    choices: tuple[tuple[str, list[list[str]]], ...] = (
        ("name, alias, owner and tag", [_list_words(row, with_tags=True) for row in rows]),
        ("name, alias and owner", [_list_words(row, with_tags=False) for row in rows]),
        ("name", []),
    )
    for keys, words in choices:
        counts = Counter(itertools.chain.from_iterable(words))
        places = {text: place for place, (text, _) in enumerate(counts.most_common())}
        document = _embed(
            {
                "names": names,
                "texts": [*places],
                "words": [[places[text] for text in texts] for texts in words],
            }
        )
        if len(document.encode()) <= MOST:
            return KnownModels(document, keys)
    return None


def _list_words(row: IndexRow, *, with_tags: bool) -> list[str]:
    """Return the texts by which a model is found, besides its name."""
    aliases = " ".join((*(alias for alias, _ in row.aliases), *row.further))
    texts = (aliases, row.owner, *(row.tags if with_tags else ()))
    return [printable(text) for text in texts if text]


def _write_names(rows: Sequence[IndexRow]) -> list[str | list[str]]:
    """Return the names, each with the folder of its pages where that is called otherwise."""
    written: list[str | list[str]] = []
    before = ""
    for row in rows:
        name = printable(row.name)
        shared = _count_shared(before, name)
        text = f"{DIGITS[shared]}{name[shared:]}"
        written.append(text if row.folder == name else [text, row.folder])
        before = name
    return written


def _count_shared(before: str, name: str) -> int:
    """Return how many characters two names have in common at their beginning.

    A character that is two of JavaScript's ends them.
    """
    pairs = zip(before, name, strict=False)
    same = itertools.takewhile(lambda pair: pair[0] == pair[1] <= "\uffff", pairs)
    return sum(1 for _ in itertools.islice(same, BASE - 1))


def _embed(document: object) -> Markup:
    """Return JSON in which no text can end the element that it stands in."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - the three characters that HTML acts on are escapes
