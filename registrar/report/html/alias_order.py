"""The order in which pages name the aliases of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registrar.state import ObservedModel

__all__ = ["sort_aliases"]


def sort_aliases(model: ObservedModel) -> list[str]:
    """Return the aliases of a model: protected ones first, which production uses."""
    protected = set(model.protected or ())
    return sorted(model.aliases, key=lambda alias: (alias not in protected, alias))
