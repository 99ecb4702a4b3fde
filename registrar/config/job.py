"""What commands need of a configuration, wherever it was read: composed by Hydra, or given in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.errors import Problem
    from registrar.text import KeyPath

__all__ = ["Job"]


class Job(Protocol):
    """One configuration as plain data, which knows where its values came from."""

    @property
    def name(self) -> str:
        """The configuration's name, which versions are tagged with."""

    @property
    def config(self) -> dict[str, Any]:
        """Everything that was composed; valid once it has been validated."""

    @property
    def file(self) -> str | None:
        """The file that declares the model, if one does."""

    @property
    def unresolved(self) -> Iterable[tuple[KeyPath, Problem]]:
        """What could not be made plain data, each with its path."""

    @property
    def broken(self) -> bool:
        """Whether a file of it could not be read, which is reported already."""

    def misread(self) -> Iterable[tuple[KeyPath, Problem]]:
        """Values that lost something when they were read."""

    def no_model(self) -> Problem:
        """The problem of a configuration without a model."""

    def locate(self, path: KeyPath, problem: Problem) -> Problem:
        """`problem` with the place that the value at `path` came from."""
