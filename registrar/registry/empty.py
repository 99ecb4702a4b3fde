"""A database that does not exist yet, read without making it."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING, NoReturn

from registrar.errors import NotFoundError
from registrar.state import Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.state import Model, Version

__all__ = ["Empty"]


class Empty:
    """Registry and store in one: every look finds nothing; `plan` and `check` never write."""

    def __init__(self, uri: str) -> None:
        self.server = Server(uri, uri, installed("mlflow"))

    def observe(self, names: Iterable[str]) -> Mapping[str, Model]:
        """No models."""
        del names
        return {}

    def with_digest(self, name: str, digest: str) -> tuple[Version, ...]:
        """No versions."""
        del name, digest
        return ()

    def __getattr__(self, name: str) -> NoReturn:
        message = f"{self.server.registry_uri} does not exist yet; apply makes it"
        raise NotFoundError(message)
