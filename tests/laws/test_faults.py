"""A fault at every write request in turn: the next apply ends where an undisturbed one does."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.copies import COPY, register_on_dev
from tests.support.proxy import NETWORK_FAULTS, Fault, FaultKind, inject_fault
from tests.support.registry_snapshot import content, count_versions_ever, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

NAMES = itertools.count(1)
KILLS: tuple[FaultKind, ...] = ("kill before", "kill after")
KINDS = (*NETWORK_FAULTS, *KILLS)
SAMPLE_STEP = 18

# The first apply makes everything; the second changes everything that can change, and removes.
FIRST = ["model.metadata={lr: 0.003, epochs: 5}", "model.aliases=[champion, old]"]
SECOND = [
    "~model.metadata.epochs",
    "model.metadata.lr=0.01",
    "+model.metadata.new=x",
    "model.description=changed",
    "model.aliases=[champion, new]",
    "model.registered_model.description=changed",
    "model.registered_model.tags={team: audio}",
]


@dataclass(frozen=True)
class Scenario:
    """Applies in a row, of which the last is disturbed."""

    fork_server: ForkServer
    repository: Path
    server: str
    client: Any
    steps: tuple[list[str], ...]
    exhaustive: bool
    endings: dict[str, tuple[dict[str, Any], int]]

    def arguments(self, name: str, url: str, step: list[str], timeout: float = 20) -> list[str]:
        return [
            *("model=mnist", f"model.name={name}", f"server.tracking_uri={url}"),
            *(f"server.artifacts.experiment={name}", f"server.timeout={timeout}", *step),
        ]

    def apply(self, name: str, step: list[str]) -> Result:
        result = self.fork_server.run(self.arguments(name, self.server, step), self.repository)
        assert result.code == 0, result.err
        return result

    def prepare(self) -> str:
        """A model that has been through all steps but the last."""
        name = f"fault-{next(NAMES)}-{os.getpid()}"
        for step in self.steps[:-1]:
            self.apply(name, step)
        return name

    def undisturbed(self) -> tuple[dict[str, Any], int]:
        """What the last step leaves, and how many write requests it takes; measured once."""
        last = " ".join(self.steps[-1])
        if last not in self.endings:
            self.endings[last] = self.measure()
        return self.endings[last]

    def measure(self) -> tuple[dict[str, Any], int]:
        name = self.prepare()
        fault = Fault()
        with inject_fault(self.server, fault) as url:
            arguments = self.arguments(name, url, self.steps[-1])
            assert self.fork_server.run(arguments, self.repository).code == 0
        return content(self.client, name), len(fault.writes)

    def disturbed(self, kind: FaultKind, at: int) -> tuple[str, Result]:
        """The last step with a fault at its write request number `at`."""
        name = self.prepare()
        fault = Fault(kind, at, delay=3)
        timeout = 1 if kind == "slow reply" else 20
        with inject_fault(self.server, fault) as url:
            arguments = self.arguments(name, url, self.steps[-1], timeout)
            process = self.fork_server.start(arguments, self.repository)
            fault.kill = lambda: process.signal(signal.SIGKILL)
            result = process.wait()
        assert len(fault.writes) >= at, (kind, at, fault.writes)
        return name, result

    def hold(self, kind: FaultKind, codes: set[int]) -> None:
        """Disturb writes in turn; the next apply ends as if nothing had happened.

        All writes in an exhaustive run, else one in eighteen, from another one on for each kind of
        fault.
        """
        expected, writes = self.undisturbed()
        assert writes >= 5

        def disturb(at: int) -> None:
            name, result = self.disturbed(kind, at)
            assert result.code in codes, (kind, at, result)
            assert "Traceback" not in result.err, (kind, at, result)
            if result.code == 0:
                assert content(self.client, name) == expected, (kind, at)
            self.apply(name, self.steps[-1])
            assert content(self.client, name) == expected, (kind, at)
            statuses = [status for _, status in uploads(self.client, name)]
            assert statuses == ["READY"], (kind, at, statuses)
            assert count_versions_ever(self.client, name) == 1, (kind, at)

        step = 1 if self.exhaustive else SAMPLE_STEP
        start = 1 + 2 * KINDS.index(kind) % min(step, writes)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(disturb, range(start, writes + 1, step)))


@pytest.fixture(scope="module")
def endings() -> dict[str, tuple[dict[str, Any], int]]:
    """Last step -> what an undisturbed scenario leaves, and its number of writes."""
    return {}


@pytest.fixture
def scenario(
    request: pytest.FixtureRequest,
    endings: dict[str, tuple[dict[str, Any], int]],
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
    exhaustive: bool,
) -> Scenario:
    steps = {"first": (FIRST,), "change": (FIRST, SECOND), "copy": (COPY,)}[request.param]
    if request.param == "copy":
        blank = request.getfixturevalue("blank_database")
        register_on_dev(fork_server, small_model_repository, blank)
    client = mlflow_client(server)
    return Scenario(fork_server, small_model_repository, server, client, steps, exhaustive, endings)


@pytest.mark.parametrize("kind", NETWORK_FAULTS)
@pytest.mark.parametrize("scenario", ["first"], indirect=True)
def test_every_write_of_a_first_apply_survives(kind: FaultKind, scenario: Scenario) -> None:
    scenario.hold(kind, {0, 4, 5})


@pytest.mark.parametrize(
    "kind",
    [
        "reply lost",
        *(
            pytest.param(kind, marks=pytest.mark.exhaustive)
            for kind in ("503 before", "slow reply")
        ),
    ],
)
@pytest.mark.parametrize("scenario", ["change"], indirect=True)
def test_every_write_of_a_change_survives(kind: FaultKind, scenario: Scenario) -> None:
    scenario.hold(kind, {0, 4, 5})


@pytest.mark.parametrize(
    "kind",
    [
        kind if kind == "reply lost" else pytest.param(kind, marks=pytest.mark.exhaustive)
        for kind in NETWORK_FAULTS
    ],
)
@pytest.mark.parametrize("scenario", ["copy"], indirect=True)
def test_every_write_of_a_copy_survives(kind: FaultKind, scenario: Scenario) -> None:
    scenario.hold(kind, {0, 4, 5})


@pytest.mark.parametrize("kill", KILLS)
@pytest.mark.parametrize(
    "scenario",
    ["first", "change", pytest.param("copy", marks=pytest.mark.exhaustive)],
    indirect=True,
)
def test_killed_at_every_write(kill: FaultKind, scenario: Scenario) -> None:
    scenario.hold(kill, {-signal.SIGKILL})


@pytest.mark.parametrize("moment", ["after", pytest.param("before", marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("what", ["first", pytest.param("copy", marks=pytest.mark.exhaustive)])
def test_killed_at_every_commit_of_an_embedded_database(
    moment: str,
    what: str,
    fork_server: ForkServer,
    small_model_repository: Path,
    blank_database: Path,
    mlflow_client: Callable[[str], Any],
    exhaustive: bool,
) -> None:
    first = what == "first"
    if not first:
        register_on_dev(fork_server, small_model_repository, blank_database)

    def fresh(number: int) -> tuple[str, list[str]]:
        path = small_model_repository / f"{number}.db"
        shutil.copy(blank_database, path)
        uri = f"sqlite:///{path}"
        return uri, ["model=mnist", f"server.tracking_uri={uri}", *(FIRST if first else COPY)]

    uri, arguments = fresh(0)
    assert fork_server.run(arguments, small_model_repository).code == 0
    expected = content(mlflow_client(uri), "mnist")
    start, step = (1, 1) if exhaustive else (("before", "after").index(moment) + 1, 5)
    for at in itertools.count(start, step):
        uri, arguments = fresh(at)
        killed = fork_server.start(arguments, small_model_repository, kill_at=(moment, at)).wait()
        if killed.code == 0:
            break
        assert killed.code == -signal.SIGKILL, (moment, at, killed)
        again = fork_server.run(arguments, small_model_repository)
        assert again.code == 0, (moment, at, again)
        client = mlflow_client(uri)
        assert content(client, "mnist") == expected, (moment, at)
        ready = [status for _, status in uploads(client, "registrar")]
        assert ready == ["READY"], (moment, at)
        assert count_versions_ever(client, "mnist") == 1, (moment, at)
    assert at > 6
