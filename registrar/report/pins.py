"""The result of `pin`: the fields that it set in the files of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.references import is_reference
from registrar.text import dotted, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.text import KeyPath

__all__ = ["FieldEdit", "PinnedFile", "Pins"]


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """One field of a model's file that `pin` sets; `before` is None for a new field."""

    path: KeyPath
    before: str | None
    after: str

    @property
    def is_of_place(self) -> bool:
        """Whether the field names a place, whose content can change."""
        return is_reference(self.after)


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """The fields that `pin` set in the file of a model; none where the file was pinned before."""

    config: str
    file: str
    edits: tuple[FieldEdit, ...]


@dataclass(frozen=True, slots=True)
class Pins:
    """The files of the chosen models."""

    files: tuple[PinnedFile, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The models, as the command line chooses them."""
        return tuple(pinned.config for pinned in self.files)

    @property
    def summary(self) -> str:
        """The summary, in one line."""
        changed = sum(bool(pinned.edits) for pinned in self.files)
        if not changed:
            names = [pinned.config for pinned in self.files]
            what = f"{names[0]} is" if len(names) == 1 else f"{plural(len(names), 'model')} are"
            return f"Nothing to do: {what} pinned."
        return f"Pinned {plural(changed, 'model')}."

    def lines(self) -> Iterator[str]:
        """Yield each file with its changes."""
        for pinned in self.files:
            if pinned.edits:
                yield pinned.file
            for edit in pinned.edits:
                mark = "+" if edit.before is None else "~"
                before = "" if edit.before is None else f"{edit.before} -> "
                place = " (a place, whose content can change)" if edit.is_of_place else ""
                yield f"  {mark} {dotted(edit.path)}: {before}{edit.after}{place}"

    def to_list(self) -> list[dict[str, Any]]:
        """Return the JSON of each file."""
        return [
            {
                "config": pinned.config,
                "file": pinned.file,
                "fields": [
                    {"field": dotted(edit.path), "before": edit.before, "after": edit.after}
                    for edit in pinned.edits
                ],
            }
            for pinned in self.files
        ]
