"""One model on a server, for tests of what others do while registrar is at work on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registrar_process import ForkServer

__all__ = ["ModelBench"]


@dataclass(frozen=True)
class ModelBench:
    """A repository, a server, and the name of a model that no other test uses."""

    fork_server: ForkServer
    repository: Path
    server: str
    client: Any
    name: str

    @property
    def content(self) -> dict[str, Any]:
        """What the registry holds of the model."""
        return content(self.client, self.name)
