"""Versions that the server takes its time to make, or cannot make."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.errors import (
    IncompleteError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    UnreachableError,
)
from registrar.registry.client import RegistryClient
from registrar.registry.mlflow_api import ModelHeader, Page
from registrar.registry.pending_versions import check_created, wait_while_pending
from registrar.registry.reads import RegistryReader
from registrar.registry.retry import Retry
from registrar.state import DesiredModel, DesiredVersion, ObservedVersion, Server, Source, Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

PENDING = ObservedVersion(3, status="PENDING_REGISTRATION")
READY = ObservedVersion(3)


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.is_stopped = False

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def find_pending(version: ObservedVersion) -> Sequence[tuple[str, ObservedVersion]]:
    return [("m", version)] if version.is_pending else []


def wait(clock: Clock, *answers: ObservedVersion) -> tuple[ObservedVersion, int]:
    """The version in the end, and how often it was read; the last answer repeats."""
    reads: list[ObservedVersion] = []
    retry = Retry(
        "a server", 30, clock=clock.read, sleep=clock.sleep, stop=lambda: clock.is_stopped
    )

    def read(_: ObservedVersion) -> ObservedVersion:
        reads.append(answers[min(len(reads), len(answers) - 1)])
        return reads[-1]

    return wait_while_pending(retry, PENDING, find_pending, read), len(reads)


def test_a_version_is_waited_for() -> None:
    clock = Clock()
    assert wait(clock, PENDING, PENDING, READY) == (READY, 3)
    assert clock.now == pytest.approx(0.2 + 0.4 + 0.8)


def test_the_wait_ends_with_the_timeout_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    version, reads = wait(clock, PENDING)
    assert version.is_pending
    assert reads > 10
    assert 28 < clock.now <= 30
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "m version 3 is not ready: its status is PENDING_REGISTRATION; waiting for up to 30 s"
    ]


def test_a_stopped_run_does_not_wait() -> None:
    clock = Clock()
    clock.is_stopped = True
    assert wait(clock, READY) == (PENDING, 0)


def test_a_created_version_has_to_be_ready() -> None:
    check_created("m", READY)
    with pytest.raises(IncompleteError, match=r"m version 3 is not ready: .*same command again"):
        check_created("m", PENDING)
    failed = ObservedVersion(3, status="FAILED_REGISTRATION")
    with pytest.raises(InvalidRequestError, match="its status is FAILED_REGISTRATION"):
        check_created("m", failed)


class SlowApi:
    """A server that makes a version in several steps, of which each request sees the next one."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = [*statuses]

    def create_version(self, *_: Any) -> ObservedVersion:
        return self.get_version("m", 1)

    def get_version(self, name: str, number: int) -> ObservedVersion:
        del name
        return ObservedVersion(number, status=self.statuses.pop(0))


def create(api: SlowApi, clock: Clock) -> int:
    retry = Retry("a server", 30, clock=clock.read, sleep=clock.sleep)
    connection: Any = SimpleNamespace(
        registry_api=api, retry=retry, server=Server("http://r", "http://r"), parallel=1
    )
    return RegistryClient(connection).create_version("m", Stored("s3://b/m", "s3://b/m"), "", {})


def test_a_create_ends_when_the_version_is_ready() -> None:
    clock = Clock()
    assert create(SlowApi(PENDING.status, PENDING.status, "READY"), clock) == 1
    assert clock.now == pytest.approx(0.2 + 0.4)
    clock = Clock()
    assert create(SlowApi("READY"), clock) == 1  # MLflow's own stores: no further request
    assert clock.now == 0
    with pytest.raises(InvalidRequestError, match="FAILED_REGISTRATION"):
        create(SlowApi(PENDING.status, "FAILED_REGISTRATION"), clock)


def test_a_create_that_nobody_can_wait_for_may_have_been_made() -> None:
    api = SlowApi(PENDING.status)

    def get_version(name: str, number: int) -> ObservedVersion:
        if api.statuses:
            return ObservedVersion(number, status=api.statuses.pop(0))
        message = f"cannot reach the server that makes {name}"
        raise UnreachableError(message)

    api.get_version = get_version  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknownError, match="cannot reach"):
        create(api, Clock())


class VanishingApi:
    """A server that is making a version of a model, which somebody deletes after the first look."""

    def __init__(self) -> None:
        self.looks = 0

    def get_model(self, name: str) -> ModelHeader:
        self.looks += 1
        if self.looks > 1:
            message = f"there is no {name}"
            raise NotFoundError(message)
        return ModelHeader(name, "", {}, {}, 3, None, None)

    def search_versions(self, *_: Any) -> Page[tuple[str, ObservedVersion]]:
        return Page((("m", ObservedVersion(3, "sha256:1", status=PENDING.status)),), None)

    def search_models(self, *_: Any) -> Page[ModelHeader]:
        return Page((), None)


def test_a_model_that_is_deleted_meanwhile_is_not_waited_for() -> None:
    clock = Clock()
    retry = Retry("a server", 30, clock=clock.read, sleep=clock.sleep)
    connection: Any = SimpleNamespace(registry_api=VanishingApi(), retry=retry, parallel=1)
    desired = DesiredModel("m", versions=(DesiredVersion(Source("s3://b/m", "sha256:1")),))
    assert RegistryReader(connection).read({"m": desired}) == {}
    assert clock.now == pytest.approx(0.2)
