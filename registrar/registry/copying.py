"""What stores of two servers need so that files go from one to the other, and touch no disk here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from registrar.state import File, Stored

__all__ = ["CopyingStore"]


class CopyingStore(Protocol):
    """A part of `protocol.Store`. Methods raise ServerError."""

    def list_streamed(self, location: str) -> tuple[File, ...] | None:
        """Return the files at a location that can be sent to another server while they come in.

        None where they have to be downloaded first. Raises as `hash_files`.
        """

    def takes_streams(self) -> bool:
        """Return whether files can be stored that are on no disk of this machine: `copy_files`."""

    def copy_files(
        self,
        stored: Stored,
        origin: CopyingStore,
        location: str,
        files: Sequence[File],
        check: Callable[[], object],
    ) -> Iterator[str]:
        """Store the files at a location of another store, piece by piece; else as `upload_files`.

        For files that `origin.list_streamed` has returned, and a store that `takes_streams`.
        """
