"""One model's changes become requests, one by one, up to the first that fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.changes.plan import ModelPlan
from registrar.content.digest import hash_directory
from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    InvalidRequestError,
    ServerError,
)
from registrar.execution.interrupt import Interrupt
from registrar.execution.model_execution import ModelExecution
from registrar.state import DesiredModel, File, ObservedModel, ObservedVersion, Source, Stored
from tests.unit.execution.memory import MemoryRegistry, MemoryStore

if TYPE_CHECKING:
    from registrar.changes.changes import Change
    from registrar.report import Outcome

REFERENCE = Source("s3://b/m", "sha256:1", stored="s3://b/m")
OWN = {"registrar_digest": "sha256:1"}
CREATE = CreateVersion(0, REFERENCE, "", OWN)
NO = ServerError("no")


def execute(
    *changes: Change,
    memory: MemoryRegistry,
    store: MemoryStore | None = None,
    observed: ObservedModel | None = None,
    interrupt: Interrupt | None = None,
) -> Outcome:
    """What becomes of the changes of a model, which declares one version."""
    registry: Any = memory
    stored: Any = store
    plan = ModelPlan("m", DesiredModel("m"), observed, (None,), changes)
    return ModelExecution(plan, registry, stored, interrupt or Interrupt()).run()


def held(alias: str) -> ObservedModel:
    return ObservedModel("m", versions=(ObservedVersion(2, "sha256:2", aliases=(alias,)),))


@pytest.mark.parametrize(
    ("change", "calls"),
    [
        (CreateModel("m", "", {}), [("create_model", "m")]),
        (
            AdoptModel({"team": "a", "x": "b"}),
            [("set_tag", None, "team", "a"), ("set_tag", None, "x", "b")],
        ),
        (AdoptVersion(0, 3, {"k": "v"}), [("set_tag", 3, "k", "v")]),
        (SetTag(3, 0, "lr", None, "1"), [("set_tag", 3, "lr", "1")]),
        (DeleteTag(None, None, "team", "a"), [("delete_tag", None, "team")]),
        (SetDescription(3, 0, "", "new"), [("set_description", 3, "new")]),
        (SetAlias(0, "champion", None, 3), [("get_aliases",), ("set_alias", "champion", 3)]),
        (DeleteVersion(3, "sha256:1", "s3://b/m"), [("delete_version", 3)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_change_is_its_request(change: Change, calls: list[tuple[Any, ...]]) -> None:
    memory = MemoryRegistry()
    outcome = execute(change, memory=memory)
    assert (outcome.done, outcome.error) == ((change,), None)
    assert memory.calls == calls


@pytest.mark.parametrize(
    ("change", "writes"),
    [
        (DeleteAlias("champion", 2), [("delete_alias", "champion")]),
        (DeleteAlias("gone", 2), []),
        (SetAlias(0, "champion", 1, 2), []),
        (SetAlias(0, "champion", 2, 3), [("set_alias", "champion", 3)]),
    ],
)
def test_an_alias_is_written_unless_it_is_as_planned_already(
    change: Change, writes: list[tuple[Any, ...]]
) -> None:
    memory = MemoryRegistry(held("champion"))
    assert execute(change, memory=memory).error is None
    assert memory.calls == [("get_aliases",), *writes]


@pytest.mark.parametrize(
    ("change", "then"),
    [
        (SetAlias(0, "champion", 1, 3), "version 1"),
        (SetAlias(0, "champion", None, 3), "no version"),
    ],
)
def test_an_alias_that_somebody_has_moved_stays(change: Change, then: str) -> None:
    memory = MemoryRegistry(held("champion"))
    outcome = execute(change, SetTag(3, 0, "lr", None, "1"), memory=memory)
    assert (outcome.done, len(outcome.left), memory.calls) == ((), 2, [("get_aliases",)])
    (problem,) = outcome.error.problems if outcome.error else ()
    assert problem.code == "alias-moved"
    assert (
        f"pointed to {then} when the plan was made, and it points to version 2" in problem.message
    )


def test_the_first_version_has_no_alias_to_look_for() -> None:
    memory = MemoryRegistry()
    outcome = execute(
        CreateModel("m", "", {}), CREATE, SetAlias(0, "champion", None, None), memory=memory
    )
    assert (outcome.error, outcome.plan.matches) == (None, (1,))
    assert [getattr(change, "version", None) for change in outcome.done] == [None, 1, 1]
    assert memory.count("get_aliases") == 0
    assert memory.calls[-1] == ("set_alias", "champion", 1)


def test_what_another_run_lacks_of_a_model_that_it_was_faster_to_create_is_set() -> None:
    theirs = ObservedModel("m", tags={"team": "a"})
    memory = MemoryRegistry(theirs, errors={"create_model": [AlreadyExistsError("it exists")]})
    outcome = execute(CreateModel("m", "", {"team": "a", "tier": "1"}), memory=memory)
    assert (outcome.left, outcome.error) == ((), None)
    assert memory.calls[1:] == [("set_tag", None, "tier", "1")]


def test_what_is_done_already_is_not_written_again() -> None:
    before = ObservedModel("m", "old", {"team": "a"})
    now = ObservedModel("m", "new", {"team": "a"})
    memory = MemoryRegistry(now)
    changes = (SetDescription(None, None, "old", "new"),)
    outcome = execute(*changes, memory=memory, observed=before)
    assert (outcome.done, outcome.earlier, memory.calls) == (changes, frozenset({0}), [])


def test_a_version_that_is_there_already_has_its_number() -> None:
    version = ObservedVersion(3, "sha256:1", "s3://b/m", managed=())
    memory = MemoryRegistry(ObservedModel("m", versions=(version,)))
    outcome = execute(CREATE, memory=memory, observed=ObservedModel("m"))
    assert (outcome.plan.matches, outcome.earlier, memory.calls) == ((3,), frozenset({0}), [])


@pytest.mark.parametrize("observed", [None, ObservedModel("m", versions=(ObservedVersion(2),))])
def test_after_a_signal_no_change_is_made(observed: ObservedModel | None) -> None:
    memory, interrupt = MemoryRegistry(observed), Interrupt()
    interrupt.pending = True
    outcome = execute(CREATE, memory=memory, observed=observed, interrupt=interrupt)
    assert (outcome.done, len(outcome.left), memory.calls) == ((), 1, [])


def test_a_signal_during_a_request_ends_the_model() -> None:
    interrupt = Interrupt()
    memory = MemoryRegistry(errors={"create_version": [KeyboardInterrupt()]})  # type: ignore[list-item]
    outcome = execute(CREATE, memory=memory, interrupt=interrupt)
    assert (outcome.error, len(outcome.left), interrupt.pending) == (None, 1, True)


def test_a_failed_request_of_which_the_version_is_there_counts() -> None:
    there = ObservedModel("m", versions=(ObservedVersion(1, "sha256:1", "s3://b/m"),))
    memory = MemoryRegistry(there, errors={"create_version": [NO]}, replies_lost=True)
    outcome = execute(CREATE, memory=memory)
    assert (outcome.error, outcome.plan.matches) == (None, (1,))


@pytest.fixture
def directory(tmp_path: Path) -> Source:
    """A model that is uploaded."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {}\n")
    files = (File("MLmodel", str(folder / "MLmodel"), 12),)
    return Source("model", hash_directory(folder).digest, directory=str(folder), files=files)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    """A store that holds an upload that no version has."""
    folder = tmp_path / "store"
    folder.mkdir()
    return MemoryStore(folder, uploads=((Stored("models:/m-0", "/unused", model_id="m-0"), False),))


def creation(source: Source) -> CreateVersion:
    return CreateVersion(0, source, "", {"registrar_digest": source.digest})


def test_uploads_that_no_version_has_are_deleted(directory: Source, store: MemoryStore) -> None:
    memory = MemoryRegistry()
    outcome = execute(creation(directory), memory=memory, store=store)
    assert (outcome.error, outcome.notes) == (None, ())
    assert [version.source for version in memory.versions] == ["models:/m-1"]
    assert [stored.source for stored in store.discarded] == ["models:/m-0"]


def test_no_upload_is_deleted_while_the_registry_does_not_show_the_new_version(
    directory: Source, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.uploads = (*store.uploads, (Stored("models:/m-1", str(store.folder)), False))
    memory = MemoryRegistry()
    monkeypatch.setattr(memory, "find_by_digest", lambda *_: ())  # a replica is behind
    outcome = execute(creation(directory), memory=memory, store=store)
    assert (outcome.error, outcome.plan.matches) == (None, (1,))
    assert store.discarded == []


def test_an_upload_that_a_version_of_other_content_has_stays(
    directory: Source, store: MemoryStore
) -> None:
    user = ObservedVersion(1, "sha256:other", "models:/m-0")
    memory = MemoryRegistry(ObservedModel("m", versions=(user,)), [user])
    execute(creation(directory), memory=memory, store=store)
    assert memory.count("find_possible_users") == 1
    assert store.discarded == []


@pytest.mark.parametrize("error", [InvalidRequestError("no such filter"), NO])
def test_an_upload_whose_users_nobody_can_name_stays(
    directory: Source, store: MemoryStore, error: Exception
) -> None:
    memory = MemoryRegistry(errors={"find_possible_users": [error]})
    outcome = execute(creation(directory), memory=memory, store=store)
    assert (outcome.error, store.discarded) == (None, [])
    assert [note.kind for note in outcome.notes] == ["leftover-upload"]


@pytest.mark.parametrize("error", [AccessDeniedError("no right"), NO])
def test_an_upload_that_cannot_be_deleted_is_a_note(
    directory: Source, store: MemoryStore, error: Exception
) -> None:
    store.errors = [error]
    outcome = execute(creation(directory), memory=MemoryRegistry(), store=store)
    assert (outcome.error, len(outcome.done)) == (None, 1)
    assert [note.kind for note in outcome.notes] == ["leftover-upload"]


def test_a_complete_upload_is_used_again(directory: Source, store: MemoryStore) -> None:
    store.uploads = ((Stored("models:/m-9", "/complete"), True),)
    memory = MemoryRegistry()
    assert execute(creation(directory), memory=memory, store=store).error is None
    assert [version.source for version in memory.versions] == ["models:/m-9"]
    assert (store.finished, store.discarded) == ([], [])


def test_a_model_that_exists_is_read_again_after_an_upload(
    directory: Source, store: MemoryStore
) -> None:
    memory = MemoryRegistry(ObservedModel("m", owner="them/prod"))
    outcome = execute(creation(directory), memory=memory, store=store, observed=ObservedModel("m"))
    assert outcome.error is not None
    assert "them/prod" in str(outcome.error)
    assert memory.count("create_version") == 0


def test_a_failed_upload_is_settled_by_the_version_of_another_run(
    directory: Source, store: MemoryStore
) -> None:
    (Path(str(directory.directory)) / "MLmodel").unlink()  # the upload fails
    failed = execute(creation(directory), memory=MemoryRegistry(), store=store)
    assert (len(failed.left), "changed while it was uploaded" in str(failed.error)) == (1, True)
    theirs = ObservedVersion(1, directory.digest, "models:/m-5")
    memory = MemoryRegistry(ObservedModel("m", versions=(theirs,)), [theirs])
    settled = execute(creation(directory), memory=memory, store=store)
    assert (settled.error, settled.plan.matches) == (None, (1,))
    assert memory.count("create_version") == 0
