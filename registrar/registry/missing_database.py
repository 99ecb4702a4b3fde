"""A database that does not exist yet, read without making it."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING, NoReturn

from registrar.errors import NotFoundError
from registrar.state import Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.state import DesiredModel, ObservedModel, ObservedVersion

__all__ = ["Empty"]


class Empty:
    """Registry and store in one: every look finds nothing; `plan` and `check` never write.

    What lies elsewhere is there all the same, and is looked at.
    """

    def __init__(self, uri: str, timeout: float) -> None:
        self.server = Server(uri, uri, installed("mlflow"))
        self.timeout = timeout

    def observe(self, names: Iterable[str] | None) -> Mapping[str, ObservedModel]:
        """No models."""
        del names
        return {}

    def observe_for(self, desired: Iterable[DesiredModel]) -> Mapping[str, ObservedModel]:
        """No models."""
        del desired
        return {}

    def find_by_digest(self, name: str, digest: str) -> tuple[ObservedVersion, ...]:
        """No versions."""
        del name, digest
        return ()

    def read_file(self, location: str, name: str) -> bytes:
        """The file `name` at a location. Raises NotFoundError, ConfigError, ServerError."""
        from registrar.registry.artifact_reads import read
        from registrar.registry.connection import mlflow_settings
        from registrar.registry.retry import Attempts

        uri = self.server.registry_uri
        with mlflow_settings(uri, uri, self.timeout):
            return read(Attempts(uri, self.timeout), location, name)

    def check_upload_target(self) -> None:
        """The place for uploads is made with the database."""

    def __getattr__(self, name: str) -> NoReturn:
        message = f"{self.server.registry_uri} does not exist yet; apply makes it"
        raise NotFoundError(message)
