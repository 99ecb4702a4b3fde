"""Upstream models: models on another server, of which versions are copies."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.references import is_reference

__all__ = ["Upstream"]


@dataclass(frozen=True, slots=True)
class Upstream:
    """A model on another server, of which a version is to hold a copy.

    `server` is the key of that server's configuration, `registry` its address in the one spelling
    of all. `uri` names the model there. A registered version has a `name` and a `number`; the model
    of a run and a logged model have neither. `digest` is the one recorded there, `location` where
    the files are, as far as they are known. `source` is what a version there is made from. `lineage`
    and `metrics` are tags of the version there, `flavors` are those of the model once its MLmodel
    is read.
    """

    server: str
    registry: str
    uri: str
    digest: str | None
    run_id: str | None = None
    name: str | None = None
    number: int | None = None
    location: str | None = None
    source: str | None = None
    lineage: str | None = None
    metrics: str | None = None
    flavors: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The model as it is named outside of its server."""
        return f"{self.uri} at {self.registry}"

    @property
    def content_digest(self) -> str | None:
        """The digest of the files, which a copy has too; None where nobody has recorded it."""
        return None if is_reference(self.digest) else self.digest
