"""A repository that an attacker may write to, with canaries around it.

A canary is something that only an attack touches: secrets in the environment, a listener, a folder
beside the repository, and a file that exists only if code of the attacker ran.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.registrar_process import command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result
    from tests.support.sink import Sink

__all__ = ["SECRETS", "Attack"]

CANARY = "CANARY-"
SECRETS = {
    name: f"{CANARY}{name.replace('_', '-')}"
    for name in (
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "MLFLOW_TRACKING_USERNAME"),
        *("MLFLOW_TRACKING_PASSWORD", "SOMETHING_PRIVATE"),
    )
} | {"CANARY_TOKEN": f"{CANARY}TOKEN"}
MLMODEL = "flavors: {python_function: {loader_module: x}}\n"


class _Touch:
    """What a pickle makes of it when it is loaded: the file `path`."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


@dataclass
class Attack:
    """A repository with the model `px`, and what must stay untouched."""

    folder: Path
    sink: Sink
    server: Sink
    before: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, text in (
            (self.outside / "secret.yaml", f"password: {CANARY}FILE\n"),
            (self.outside / "model" / "MLmodel", f"{MLMODEL}note: {CANARY}FILE\n"),
            (self.repository / "configs" / "model" / "px.yaml", "name: px\nuri: models/px\n"),
            (self.repository / "models" / "px" / "MLmodel", MLMODEL),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        pickled = pickle.dumps(_Touch(self.marker))
        (self.repository / "models" / "px" / "evil.pkl").write_bytes(pickled)
        self.before = self._read_outside()

    @property
    def repository(self) -> Path:
        """The folder that the attacker may write to."""
        return self.folder / "repository"

    @property
    def outside(self) -> Path:
        """A folder beside the repository."""
        return self.folder / "outside"

    @property
    def marker(self) -> Path:
        """The file that exists only if code of the attacker ran."""
        return self.folder / "marker"

    def fill(self, text: str) -> str:
        """Return a text of a case with its placeholders replaced."""
        places = {
            "sink": self.sink.address,
            "server": self.server.address,
            "outside": str(self.outside),
            "marker": str(self.marker),
        }
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def write(self, name: str, text: str) -> None:
        """Write a file of the attacker."""
        path = self.repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.fill(text))

    def link(self, name: str, target: str) -> None:
        """Make a link of the attacker."""
        path = self.repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(self.fill(target))

    def run(
        self, argv: list[str], fork_server: ForkServer, *, module: bool = False, **env: str
    ) -> Result:
        """Run a command in the repository, in strict mode; `module` runs `python -m registrar`."""
        argv = [self.fill(word) for word in argv]
        env = {name: self.fill(value) for name, value in env.items()}
        env = {**SECRETS, "REGISTRAR_STRICT": "true", **env}
        if module:
            return command(argv, self.repository, timeout=120, **env)
        return fork_server.run(argv, self.repository, **env)

    def check(self, *texts: str) -> None:
        """Check that no canary was touched, and that none is in `texts` or in the registry."""
        assert not self.marker.exists(), "code of the attacker ran"
        assert self.sink.received == []
        assert self.server.received == []
        assert self._read_outside() == self.before
        for text in texts:
            assert CANARY not in text
        for path in self.repository.glob("*.db*"):
            assert CANARY.encode() not in path.read_bytes()

    def _read_outside(self) -> dict[str, bytes]:
        files = sorted(path for path in self.outside.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}
