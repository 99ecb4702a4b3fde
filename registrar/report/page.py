"""A page of Markdown that keeps a limit: what matters most first, the rest folded or left out."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.changes.changes import Action
from registrar.report.wording import MARKS
from registrar.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Item", "Section", "lay_out"]

Kind: TypeAlias = Action | Literal["verdict", "problem", "note", "line"]

TAIL = 1000  # characters kept free for what is said of the rest
LEFT_OUT = (
    "**Left out here: {what}.** All of it is in the output of the same command with `output=text`, "
    "or of `registrar show plan=FILE` for a plan that `out=FILE` has written."
)


@dataclass(frozen=True, slots=True)
class Item:
    """Lines that are shown together or not at all, and what they tell of."""

    lines: tuple[str, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, or the head of a table, and items below it.

    Sections of a smaller `rank` are shown rather than others. A section takes no more than its
    `share` of what is free. `folded` sections are shown when a reader asks for them.
    """

    head: tuple[str, ...]
    items: tuple[Item, ...]
    rank: int = 0
    share: float = 1.0
    folded: bool = False


def lay_out(head: Sequence[str], sections: Sequence[Section], limit: int) -> str:
    """Return the page: `head`, the sections in order, and a line that counts what is left out.

    It has at most `limit` characters where `head` has 1000 characters less.
    """
    counts = _choose(sections, limit - _size(head) - TAIL)
    lines = [*head]
    shown = [(s, s.items[:n]) for s, n in zip(sections, counts, strict=True) if n is not None]
    for is_folded, group in itertools.groupby(shown, key=lambda pair: pair[0].folded):
        parts = [*group]
        if is_folded:
            what = _describe(items for _, items in parts)
            lines += ["", "<details>", f"<summary>More: {what}</summary>"]
        for section, items in parts:
            lines += ["", *section.head, *(line for item in items for line in item.lines)]
        if is_folded:
            lines += ["", "</details>"]
    rest = [s.items[n or 0 :] for s, n in zip(sections, counts, strict=True)]
    if any(rest):
        lines += ["", LEFT_OUT.format(what=_describe(rest))]
    return "\n".join(lines)


def _choose(sections: Sequence[Section], room: int) -> list[int | None]:
    """Return how many items of each section are shown, None for a section that is not."""
    counts: list[int | None] = [None] * len(sections)
    for index in sorted(range(len(sections)), key=lambda index: sections[index].rank):
        section = sections[index]
        free = int(room * section.share) - _size(("", *section.head))
        sizes = itertools.accumulate(_size(item.lines) for item in section.items)
        count = sum(1 for size in sizes if size <= free)
        if count or (not section.items and free >= 0):
            counts[index] = count
            shown = section.items[:count]
            room -= _size(("", *section.head, *(line for item in shown for line in item.lines)))
        if count < len(section.items) and section.share == 1:
            break  # what matters less is not shown in its place
    return counts


def _describe(groups: Iterable[Sequence[Item]]) -> str:
    """Return what the groups hold: `3 changes of 2 models (2 to create, 1 to move), 1 note`."""
    kept = [[item.kind for item in group] for group in groups if group]
    counts = Counter(itertools.chain.from_iterable(kept))
    models = sum(any(kind in MARKS for kind in kinds) for kinds in kept)
    actions = {action: counts[action] for action in MARKS if counts[action]}
    parts = []
    if actions:
        changes = plural(sum(actions.values()), "change")
        each = ", ".join(f"{count} to {action}" for action, count in actions.items())
        parts.append(f"{changes} of {plural(models, 'model')} ({each})")
    others: tuple[Kind, ...] = ("verdict", "problem", "note", "line")
    parts += [plural(counts[kind], kind) for kind in others if counts[kind]]
    return ", ".join(parts)


def _size(lines: Iterable[str]) -> int:
    """Return the number of characters, with a line break after each line."""
    return sum(len(line) + 1 for line in lines)
