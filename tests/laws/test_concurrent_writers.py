"""What others do between registrar's read and its write."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.model_bench import ModelBench
from tests.support.proxy import Fault, inject_fault
from tests.support.registry_snapshot import count_versions_ever, uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result

CREATE = "/model-versions/create"


class Bench(ModelBench):
    """One registered model, and somebody who acts while registrar is at work on it."""

    def apply(self, url: str, *more: str) -> Result:
        return self.fork_server.run(
            [
                *("model=mnist", f"model.name='{self.name}'", f"server.tracking_uri={url}"),
                *(f"server.artifacts.experiment='{self.name}'", *more),
            ],
            self.repository,
        )

    def apply_while(self, only: str, act: Callable[[], object], denied: str = "") -> Result:
        """An apply during which `act` happens right before a request ending in `only` arrives."""
        fault = Fault("interlude", 1, only, act=act, denied=denied)
        with inject_fault(self.server, fault) as url:
            return self.apply(url)

    def faster(self) -> None:
        """Another run that registers the same content first."""
        assert self.apply(self.server).code == 0


@pytest.fixture
def bench(model_bench: ModelBench) -> Bench:
    return Bench(**vars(model_bench))


def test_a_faster_run_wins_and_the_loser_takes_its_version_back(bench: Bench) -> None:
    result = bench.apply_while(CREATE, bench.faster)
    assert result.code == 0, result.err
    assert "+ version 1 " in result.out
    assert list(bench.content["versions"]) == [1]
    assert bench.content["aliases"] == {"champion": 1}
    assert count_versions_ever(bench.client, bench.name) == 2
    assert [status for _, status in uploads(bench.client, bench.name)] == ["READY"]


def test_a_loser_without_the_right_to_delete_says_so(bench: Bench) -> None:
    result = bench.apply_while(CREATE, bench.faster, denied="/model-versions/delete")
    assert result.code == 0, result.err
    assert (
        f"note: {bench.name}: version 2 is a duplicate of version 1 and could not be deleted"
        in result.err
    )
    assert list(bench.content["versions"]) == [1, 2]
    assert bench.content["aliases"] == {"champion": 1}
    planned = bench.apply(bench.server)
    assert planned.code == 0
    assert "- version 2" in planned.out
    assert list(bench.content["versions"]) == [1]


def test_a_model_made_meanwhile_is_brought_in_line(bench: Bench) -> None:
    result = bench.apply_while(
        "/registered-models/create",
        lambda: bench.client.create_registered_model(bench.name, {"theirs": "1"}),
    )
    assert result.code == 0, result.err
    assert bench.content["tags"]["theirs"] == "1"
    assert bench.content["tags"]["team"] == "vision"
    assert bench.content["description"] == "Handwritten digits"
    assert bench.apply(bench.server).out.startswith("Nothing to do")


def test_a_model_that_another_owner_creates_meanwhile_is_left_alone(bench: Bench) -> None:
    tags = {"registrar_owner": "theirs"}
    result = bench.apply_while(
        "/registered-models/create",
        lambda: bench.client.create_registered_model(bench.name, tags, "by hand"),
    )
    assert result.code == 6
    assert f"{bench.name} has the owner theirs, and this configuration has none." in result.err
    assert bench.content["tags"] == tags
    assert bench.content["description"] == "by hand"


def test_an_alias_moved_meanwhile_stays_where_it_was_put(bench: Bench) -> None:
    bench.faster()
    other = bench.client.create_model_version(bench.name, "s3://b/k", await_creation_for=0).version
    (bench.repository / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"new")
    result = bench.apply_while(
        CREATE,
        lambda: bench.client.set_registered_model_alias(bench.name, "champion", other),
    )
    assert result.code == 6
    assert (
        f"{bench.name}: the alias 'champion' pointed to version 1 when the plan was made, and it "
        "points to version 2 now; it was not moved. Find out who moved it, then plan again."
    ) in result.err
    assert bench.content["aliases"] == {"champion": 2}
    assert sorted(bench.content["versions"]) == [1, 2, 3]


def test_an_alias_moved_meanwhile_to_where_it_belongs_is_fine(bench: Bench) -> None:
    bench.faster()
    bench.client.delete_registered_model_alias(bench.name, "champion")
    result = bench.apply_while(
        "/registered-models/alias",
        lambda: bench.client.set_registered_model_alias(bench.name, "champion", "1"),
    )
    assert result.code == 0, result.err
    assert bench.content["aliases"] == {"champion": 1}


def test_a_model_that_changes_while_it_is_uploaded_is_not_registered(bench: Bench) -> None:
    weights = bench.repository / "models" / "mnist" / "data" / "weights.bin"
    result = bench.apply_while("/logged-models", lambda: weights.write_bytes(b"retrained"))
    assert result.code == 6
    assert (
        "models/mnist changed while it was uploaded. Nothing was registered from it." in result.err
    )
    assert bench.content["versions"] == {}
    assert uploads(bench.client, bench.name) == []
    assert bench.apply(bench.server).code == 0
    assert list(bench.content["versions"]) == [1]


@pytest.mark.parametrize(
    ("late", "code"), [(1.5, 0), pytest.param(8.0, 5, marks=pytest.mark.exhaustive)]
)
def test_a_create_that_is_carried_out_late_is_not_sent_again(
    late: float, code: int, bench: Bench
) -> None:
    carried_out = threading.Event()
    fault = Fault("late write", 1, CREATE, delay=late, act=carried_out.set)
    with inject_fault(bench.server, fault) as url:
        result = bench.apply(url, "server.timeout=1")
        assert carried_out.wait(60)
    assert result.code == code, result
    assert ("did not answer: no answer in time" in result.err) == (code == 5)
    assert fault.writes == [f"POST /api/2.0/mlflow{CREATE}"]
    assert bench.apply(bench.server).code == 0
    assert list(bench.content["versions"]) == [1]
    assert bench.content["aliases"] == {"champion": 1}
    assert count_versions_ever(bench.client, bench.name) == 1
