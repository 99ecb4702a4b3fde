"""What others change between the plan and the write is never overwritten, and is named."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.support.model_bench import ModelBench
from tests.support.proxy import record_requests
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.proxy import Request
    from tests.support.registrar_process import Result

SEARCH = "model-versions/search"
READ = "/registered-models/get"  # the first is the plan's, the second is the one before the write


class Bench(ModelBench):
    """One registered model, and somebody who changes it while registrar is at work on it."""

    def apply(self, *more: str, url: str | None = None) -> Result:
        arguments = ["model=mnist", f"server.tracking_uri={url or self.server}"]
        if not any(word.startswith("model.name=") for word in more):
            arguments.append(f"model.name='{self.name}'")
        return self.fork_server.run([*arguments, *more], self.repository)

    def apply_while(
        self, only: str, act: Callable[[], object], *more: str, at: int = 1
    ) -> tuple[Result, list[str]]:
        """An apply, and its writes; `act` happens right before the request `only` number `at`."""
        seen = itertools.count(1)

        def answer(request: Request) -> None:
            if request.path.endswith(only) and next(seen) == at:
                act()

        with record_requests(self.server, answer) as (url, requests):
            result = self.apply(*more, url=url)
        return result, [request.path.rpartition("/")[2] for request in requests if request.writes]


@pytest.fixture
def bench(model_bench: ModelBench) -> Bench:
    bench = Bench(**vars(model_bench))
    assert bench.apply().code == 0
    return bench


def test_a_tag_changed_after_the_plan_stays_and_nothing_is_written(bench: Bench) -> None:
    before = bench.content
    result, writes = bench.apply_while(
        READ,
        lambda: bench.client.set_model_version_tag(bench.name, "1", "lr", "theirs"),
        "model.metadata.lr=0.5",
        "model.description=changed",
        at=2,
    )
    assert result.code == 6, result
    assert (
        f"{bench.name}: version 1 metadata.lr is theirs now; somebody has changed it since the "
        "plan was made. Find out who changed it, then plan again."
    ) in result.err
    assert writes == []
    after = bench.content
    assert after["versions"][1]["tags"].pop("lr") == "theirs"
    before["versions"][1]["tags"].pop("lr")
    assert after == before


def test_what_others_have_made_already_is_not_written_again(bench: Bench) -> None:
    result, writes = bench.apply_while(
        READ,
        lambda: bench.client.set_model_version_tag(bench.name, "1", "lr", "0.5"),
        "model.metadata.lr=0.5",
        "model.description=changed",
        at=2,
    )
    assert result.code == 0, result
    assert writes == ["update"]
    assert bench.content["versions"][1]["tags"]["lr"] == "0.5"


def test_a_model_deleted_after_the_plan_is_not_written(bench: Bench) -> None:
    result, _ = bench.apply_while(
        READ,
        lambda: bench.client.delete_registered_model(bench.name),
        "model.metadata.lr=0.5",
        at=2,
    )
    assert result.code == 6, result
    assert f"{bench.name} has been deleted since the plan was made." in result.err


def test_a_change_between_look_and_write_is_found_after_the_last_write(bench: Bench) -> None:
    def act() -> None:
        bench.client.set_model_version_tag(bench.name, "1", "lr", "theirs")

    # lr is written first, so somebody else's value comes after it.
    result, _ = bench.apply_while(
        "/registered-models/alias", act, "model.metadata.lr=0.5", "model.aliases=[champion,new]"
    )
    assert result.code == 5, result
    assert (
        f"{bench.name}: another run changed these fields meanwhile: version 1 "
        "metadata.lr. Find out who changed it, then plan again."
    ) in result.err
    assert "run it again" not in result.err
    assert bench.content["versions"][1]["tags"]["lr"] == "theirs"


def test_a_model_made_meanwhile_with_other_fields_is_left_alone(bench: Bench) -> None:
    other = f"{bench.name}-new"
    result, _ = bench.apply_while(
        "/registered-models/create",
        lambda: bench.client.create_registered_model(other, {"theirs": "1"}, "by hand"),
        f"model.name='{other}'",
    )
    assert result.code == 6, result
    assert f"{other}: somebody else has created it since the plan was made, with by hand" in (
        result.err
    )
    assert content(bench.client, other)["description"] == "by hand"
    assert content(bench.client, other)["versions"] == {}


def test_only_a_model_that_exists_and_changes_is_read_again(bench: Bench) -> None:
    def count(*more: str) -> dict[str, int]:
        with record_requests(bench.server) as (url, requests):
            assert bench.apply(*more, url=url).code == 0
        reads = [request.path.rpartition("2.0/mlflow/")[2] for request in requests]
        return {read: reads.count(read) for read in ("registered-models/get", SEARCH)}

    changed = count("model.metadata.lr=0.5")
    assert changed == {"registered-models/get": 3, SEARCH: 3}  # the plan, before, after
    assert count("model.metadata.lr=0.5") == {"registered-models/get": 1, SEARCH: 1}
    new = ["model.uri=s3://b/k", "+model.verify=false", f"model.name='{bench.name}-new'"]
    created = count(*new)
    assert created == {"registered-models/get": 1, SEARCH: 1}  # the plan, and before the create
