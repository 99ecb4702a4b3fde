"""Requests whose reply is lost, and runs that were faster: one model, one version."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.changes.changes import Context, CreateModel, CreateVersion
from registrar.errors import (
    AlreadyExistsError,
    OutcomeUnknownError,
    RefusedError,
    ReplyTimeoutError,
    ServerError,
)
from registrar.execution import create_once
from registrar.state import (
    OWNER_TAG,
    PROTECTED_TAG,
    ObservedModel,
    ObservedVersion,
    Source,
    Stored,
)
from tests.unit.execution.memory import MemoryRegistry

LOST = OutcomeUnknownError("the reply was lost")
LATE = ReplyTimeoutError("no answer in time")
MODEL = CreateModel("m", "Digits", {"team": "vision", "registrar_managed": '["team"]'})
VERSION = CreateVersion(
    0,
    Source("s3://b/m", "sha256:1", stored="s3://b/m"),
    "",
    {"registrar_digest": "sha256:1"},
    context=Context(stored=Stored("s3://b/m", "s3://b/m")),
)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create_once, "FIRST_PAUSE", 0)


def create_version(memory: MemoryRegistry) -> create_once.Creation:
    registry: Any = memory
    return create_once.create_version(registry, "m", VERSION)


def test_a_model_whose_request_was_lost_is_created_again() -> None:
    memory = MemoryRegistry(errors={"create_model": [LOST, LOST]})
    registry: Any = memory
    assert create_once.create_model(registry, MODEL) is None
    assert memory.count("create_model") == 3


def test_a_model_is_given_up_after_some_requests() -> None:
    memory = MemoryRegistry(errors={"create_model": [LOST] * 10})
    registry: Any = memory
    with pytest.raises(OutcomeUnknownError):
        create_once.create_model(registry, MODEL)
    assert memory.count("create_model") == create_once.MAX_CREATES


@pytest.mark.parametrize("error", [AlreadyExistsError("it exists"), LOST], ids=["exists", "lost"])
def test_a_model_that_is_there_is_the_one_to_use_unless_it_is_a_prompt(error: Exception) -> None:
    theirs = ObservedModel("m")
    registry: Any = MemoryRegistry(theirs, errors={"create_model": [error]})
    assert create_once.create_model(registry, MODEL) == theirs
    prompt = ObservedModel("m", tags={"mlflow.prompt.is_prompt": "true"})
    registry = MemoryRegistry(prompt, errors={"create_model": [error]})
    with pytest.raises(type(error)):
        create_once.create_model(registry, MODEL)


def test_what_a_faster_run_left_out_of_a_model_is_set() -> None:
    memory = MemoryRegistry()
    registry: Any = memory
    create_once.complete_model(registry, MODEL, ObservedModel("m", managed=()))
    assert memory.calls == [
        ("set_tag", None, "team", "vision"),
        ("set_tag", None, "registrar_managed", '["team"]'),
        ("set_description", None, "Digits"),
    ]


def test_of_a_model_that_is_as_wanted_nothing_is_set() -> None:
    tags = {OWNER_TAG: "a/b", PROTECTED_TAG: '["champion"]'}
    change = CreateModel("m", "Digits", {**MODEL.tags, **tags})
    theirs = ObservedModel("m", "Digits", {"team": "vision"}, (), ("team",), "a/b", ("prod",))
    memory = MemoryRegistry()
    registry: Any = memory
    create_once.complete_model(registry, change, theirs)
    assert memory.calls == []  # the list of protected aliases is lifted by a plan that shows it


def test_a_model_of_another_owner_is_left_alone() -> None:
    memory = MemoryRegistry()
    registry: Any = memory
    with pytest.raises(RefusedError, match="them/prod"):
        create_once.complete_model(registry, MODEL, ObservedModel("m", owner="them/prod"))
    assert memory.calls == []


def test_a_version_whose_request_was_lost_is_created_again() -> None:
    memory = MemoryRegistry(errors={"create_version": [LOST]})
    assert create_version(memory).number == 1
    assert memory.count("create_version") == 2


def test_a_version_is_given_up_after_some_requests() -> None:
    memory = MemoryRegistry(errors={"create_version": [LOST] * 10})
    with pytest.raises(OutcomeUnknownError):
        create_version(memory)
    assert memory.count("create_version") == create_once.MAX_CREATES


def test_a_version_whose_reply_was_lost_is_found() -> None:
    memory = MemoryRegistry(errors={"create_version": [LOST]}, replies_lost=True)
    creation = create_version(memory)
    assert (creation.number, creation.is_found) == (1, True)
    assert memory.count("create_version") == 1


def test_a_request_that_may_be_under_way_is_never_sent_again() -> None:
    memory = MemoryRegistry(errors={"create_version": [LATE]})
    with pytest.raises(ReplyTimeoutError):
        create_version(memory)
    assert memory.count("create_version") == 1
    assert memory.count("find_by_digest") == 1 + create_once.MAX_CREATES


def test_who_created_a_duplicate_deletes_it() -> None:
    memory = MemoryRegistry()
    look = memory.find_by_digest

    def find_by_digest(name: str, digest: str) -> tuple[ObservedVersion, ...]:
        found = look(name, digest)
        if memory.count("find_by_digest") == 1:  # another run is faster after the first look
            memory.versions.append(ObservedVersion(1, "sha256:1", "s3://b/m"))
        return found

    memory.find_by_digest = find_by_digest  # type: ignore[method-assign]
    creation = create_version(memory)
    assert (creation.number, creation.is_found) == (1, True)
    assert memory.calls[-1] == ("delete_version", 2)


def test_a_version_that_the_server_could_not_make_is_no_original() -> None:
    memory = MemoryRegistry(
        versions=[ObservedVersion(1, "sha256:1", "s3://b/m", status="FAILED_REGISTRATION")]
    )
    assert create_version(memory).number == 2
    assert [version.number for version in memory.versions] == [1, 2]


def test_no_second_version_is_created_while_the_server_makes_the_first() -> None:
    memory = MemoryRegistry(
        versions=[ObservedVersion(1, "sha256:1", "s3://b/m", status="PENDING_REGISTRATION")]
    )
    with pytest.raises(ServerError, match="m version 1 is not ready: its status is PENDING_REG"):
        create_version(memory)
    assert memory.count("create_version") == 0
    # One that can be used is there already: nobody waits for the other.
    memory.versions.append(ObservedVersion(2, "sha256:1", "s3://b/m"))
    assert create_version(memory).number == 2
    assert memory.count("create_version") == 0
