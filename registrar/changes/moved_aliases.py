"""Aliases that a script moves after a configuration has set them.

When a configuration drops an alias, the alias is removed, unless a script has moved it since: then
it stays. So a script leaves a mark on the version that it moves such an alias to. The mark holds
while the alias points to that version, and until a configuration sets the alias there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.state import DesiredModel, ObservedModel, ObservedVersion

__all__ = ["list_marks", "marked_aliases"]


def list_marks(
    desired: DesiredModel, observed: ObservedModel, matched: Sequence[ObservedVersion | None]
) -> tuple[frozenset[str], ...]:
    """Return for each declared version the aliases that its mark lists after the plan."""
    marks = []
    for declared, version in zip(desired.versions, matched, strict=True):
        aliases = declared.aliases or ()
        mark = frozenset(version.moved or () if version is not None else ())
        marks.append(
            mark - {*aliases} if desired.manages else mark | _moves(aliases, observed, version)
        )
    return tuple(marks)


def marked_aliases(observed: ObservedModel) -> dict[str, int]:
    """Return the aliases that a script has moved last, with the number of their version."""
    return {
        alias: version.number
        for version in observed.versions
        for alias in version.aliases
        if alias in (version.moved or ())
    }


def _moves(
    aliases: Sequence[str], observed: ObservedModel, version: ObservedVersion | None
) -> set[str]:
    """Return the aliases that a configuration has set and that move to the version."""
    return {
        alias
        for alias in aliases
        if f"@{alias}" in (observed.managed or ())
        and (version is None or alias not in version.aliases)
    }
