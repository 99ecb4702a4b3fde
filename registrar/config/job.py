"""One configuration to carry out, whether Hydra composed it or Python code gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registrar.config.mapping_source import MappingSource
    from registrar.config.origin import Origin
    from registrar.errors import Place
    from registrar.note import Note
    from registrar.text import KeyPath

__all__ = ["Job"]

NO_PROBLEM = Problem("unknown-value", "")  # what is asked for is the place


@dataclass(frozen=True, slots=True)
class Job:
    """A configuration as plain data, which knows where its values came from.

    `name` is the configuration's name, which versions are tagged with. `config` is everything that
    was composed; it is valid once `validate_jobs` has accepted it. `file` declares the model, if a
    file does. `unresolved` are values that could not be made plain data. `notes` of the first job say
    how the models were selected. `base` is what the checkout `policy.dir` declares, without a model.
    """

    name: str
    config: dict[str, Any]
    source: Origin | MappingSource
    file: str | None = None
    unresolved: tuple[tuple[KeyPath, Problem], ...] = ()
    notes: tuple[Note, ...] = ()
    base: Job | None = None

    @property
    def has_server(self) -> bool:
        """Whether the server was named, rather than left to the environment."""
        return self.source.has_server

    @property
    def has_model(self) -> bool:
        """Whether a model is chosen, or given whole."""
        return self.source.has_model(self.config)

    @property
    def known_models(self) -> Sequence[str]:
        """The names of all configurations of models, where files declare them."""
        return self.source.known_models

    @property
    def is_broken(self) -> bool:
        """Whether a file of the job cannot be read; its problems are reported with the file."""
        return self.source.is_broken

    def find_misread(self) -> Iterable[tuple[KeyPath, Problem]]:
        """Return the problems of values that lost something when they were read."""
        return self.source.find_misread(self.config)

    def find_forbidden_nodes(self) -> Iterable[tuple[KeyPath, Problem]]:
        """Return the problems of values that only the command line may set."""
        return self.source.find_forbidden_nodes(self.config)

    def find_unused(self) -> Iterable[tuple[KeyPath, Problem]]:
        """Return the problems of fields that were given and that the command would ignore."""
        return self.source.find_unused(self.config)

    def is_given(self, path: KeyPath) -> bool:
        """Return whether the command line, or Python code, gave the value at `path` itself."""
        return self.source.is_given(path)

    def explain_no_model(self) -> Problem:
        """Return the problem of a configuration without a model."""
        return self.source.explain_no_model()

    def locate(self, path: KeyPath, problem: Problem) -> Problem:
        """Return `problem` with the place that the value at `path` came from."""
        return self.source.locate(path, problem)

    def find_place(self, path: KeyPath) -> Place:
        """Return the place that the value at `path` came from."""
        return self.locate(path, NO_PROBLEM).place
