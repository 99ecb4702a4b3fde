"""Delete the uploads of deleted versions, unless another version uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.policy.upload_use import find_users
from registrar.references import is_reference
from registrar.report.results import KeptUpload
from registrar.threads import open_pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registrar.registry import Backend
    from registrar.state import ObservedVersion, Stored

__all__ = ["Uploads", "find_uploads", "uploaded_sources"]


def uploaded_sources(versions: Iterable[ObservedVersion]) -> list[str]:
    """Return the sources of versions whose files may have been uploaded, each once."""
    sources = [version.source for version in versions if _has_content(version)]
    return list(dict.fromkeys(sources))


@dataclass(frozen=True, slots=True)
class Uploads:
    """Uploads by the source of their versions, and the versions (model, number) to be deleted."""

    stored: tuple[Stored, ...]
    deleted: frozenset[tuple[str, int]]

    def discard_unused(self, backend: Backend) -> tuple[list[str], list[KeptUpload]]:
        """Mark the uploads as deleted that no version uses any more; return those, and the others.

        Call it after the versions are deleted: versions promoted from them name them by number. An
        upload that may still have a user stays. Raises ServerError, InvalidRequestError.
        """
        if not self.stored:
            return [], []
        versions = backend.registry.find_possible_users(self.stored, self.deleted)
        discarded: list[str] = []
        kept: list[KeptUpload] = []
        for stored in self.stored:
            users = find_users(stored, versions, self.deleted)
            if users:
                kept.append(KeptUpload(stored.source, tuple(f"{n} version {v}" for n, v in users)))
            else:
                backend.store.discard_upload(stored)
                discarded.append(stored.source)
        return discarded, kept


def find_uploads(
    backend: Backend, targets: Sequence[tuple[str, ObservedVersion]], parallelism: int
) -> Uploads:
    """Return the uploads that versions are made from. Raises ServerError, InvalidRequestError.

    The users of the uploads are looked for once, so that nothing is deleted where they cannot be.
    """
    contents = [version for _, version in targets if _has_content(version)]
    with open_pool(parallelism) as pool:
        found = pool.map(
            lambda version: backend.store.find_upload(
                version.source, version.run_id, str(version.digest)
            ),
            contents,
        )
        uploads = {stored.source: stored for stored in found if stored is not None}
    deleted = frozenset((name, version.number) for name, version in targets)
    if uploads:
        backend.registry.find_possible_users(tuple(uploads.values()), deleted)
    return Uploads(tuple(uploads.values()), deleted)


def _has_content(version: ObservedVersion) -> bool:
    return version.digest is not None and not is_reference(version.digest)
