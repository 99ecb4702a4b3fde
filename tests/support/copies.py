"""A model of another server, and a file that has a copy of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registrar_process import ForkServer

# The other server is only read; the file says the aliases that the copy has.
COPY = ["model.uri=models:/original/1", "model.from=dev", "model.aliases=[champion, old]"]


def register_on_dev(fork_server: ForkServer, repository: Path, blank_database: Path) -> None:
    """The database that configs/server/dev.yaml names holds the model `original`."""
    shutil.copy(blank_database, repository / "dev.db")
    name_dev(repository, "sqlite:///dev.db")
    arguments = ["model=mnist", "model.name=original", "server=dev"]
    assert fork_server.run(arguments, repository).code == 0


def name_dev(repository: Path, uri: str, timeout: float = 20) -> None:
    """Write the file of the server `dev`."""
    folder = repository / "configs" / "server"
    folder.mkdir(exist_ok=True)
    (folder / "dev.yaml").write_text(f"tracking_uri: {uri}\ntimeout: {timeout}\n")
