"""The version that the start of a content digest names, as `git` takes the start of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.errors import ConfigError, NotFoundError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.state import ObservedVersion

__all__ = ["choose_by_digest"]

SHOWN_CHARACTERS = len("sha256:") + 20  # of digests that begin alike


def choose_by_digest(
    name: str, start: str, versions: Iterable[ObservedVersion], where: str
) -> ObservedVersion:
    """Return the lowest of a model's versions whose digest begins with `start`.

    A version that cannot be used yet comes after the others.
    `where` is the server. Raises NotFoundError; ConfigError where the start fits different content.
    """
    matching = [version for version in versions if (version.digest or "").startswith(start)]
    digests = sorted({version.digest or "" for version in matching})
    if not matching:
        message = f"{name} has no version with the content {start} on {where}"
        raise NotFoundError(Problem("version-not-found", message, "See 'registrar show'."))
    if len(digests) > 1:
        listed = ", ".join(f"{digest[:SHOWN_CHARACTERS]}..." for digest in digests)
        message = f"{start} is the start of {len(digests)} digests of {name}: {listed}"
        raise ConfigError(Problem("ambiguous-digest", message, "Write more digits."))
    return min(matching, key=lambda version: (not version.is_ready, version.number))
