"""What is collected for gates: only for aliases that move, only what the gates ask for, in one look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.allowances import Allowances
from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.commands import collect_evidence
from registrar.commands.gate_verdicts import note_unused_gates
from registrar.commands.verdicts import with_verdicts
from registrar.config.mapping import job_from_mapping
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.registry import Backend
from registrar.state import (
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from registrar.changes.measurements import MetricPlaces
    from registrar.changes.plan import ModelPlan
    from registrar.version_evidence import Measurements

SERVER = Server("http://r", "http://r")
METRIC: dict[str, Any] = {"metrics": {"accuracy": {"min": 0.5}}}
CHANGE = {"metrics": {"loss": {"max_change": 0}}}
TAGS = {"metadata": ["lr"]}


@pytest.fixture(autouse=True)
def _provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_evidence, "collect_provenance", lambda: {"git_commit": "abc"})


@dataclass
class Looks:
    """A store that records what it is asked for; each metric is 1 on all data."""

    asked: list[tuple[list[MetricPlaces], set[str] | None]] = field(default_factory=list)

    def read_measurements(
        self, places: Sequence[MetricPlaces], keys: Collection[str] | None
    ) -> list[Measurements]:
        """Return the measurements of each place."""
        self.asked.append(([*places], None if keys is None else {*keys}))
        known = {"accuracy", "loss", "recall"} if keys is None else keys
        return [{key: (Measurement(1.0),) for key in sorted(known)} for _ in places]


def make_plan(name: str, *aliases: str, tags: dict[str, str] | None = None) -> ModelPlan:
    """A plan in which these aliases move from version 1 to a new version."""
    old = ObservedVersion(1, "sha256:old", run_id=f"{name}-1", aliases=aliases, tags={"lr": "1"})
    source = Source("s3://b/m", "sha256:new", "s3://b/m", run_id=f"{name}-2")
    desired = DesiredVersion(source, aliases=aliases, tags=tags)
    return diff(name, DesiredModel(name, versions=(desired,)), ObservedModel(name, versions=(old,)))


def judge(
    plans: Sequence[ModelPlan], gates: Sequence[Any], *allowed: str, policy: Any = None
) -> tuple[Plan, Looks]:
    looks = Looks()
    backend: Any = Backend(registry=None, store=looks, notes=(), is_remote=False)  # type: ignore[arg-type]
    plan = Plan(SERVER, tuple(plans), Allowances(gates=allowed))
    executor = Executor(backend, Interrupt())
    jobs = [
        job_from_mapping(
            {"model": {"gates": of_model}, "server": {}, "policy": policy or {}}, "plan"
        )
        for of_model in gates
    ]
    return with_verdicts(plan, jobs, executor), looks


def test_all_numbers_come_from_one_look_and_nothing_else_is_looked_at() -> None:
    plans = [make_plan("a", "x", "y"), make_plan("b", "x"), make_plan("c", "x"), make_plan("d")]
    gates = [{"x": METRIC, "y": CHANGE}, {"x": TAGS}, {}, {"x": METRIC}]
    plan, looks = judge(plans, gates)
    ((places, keys),) = looks.asked
    assert [place.run_id for place in places] == ["a-2", "a-1"]
    assert keys == {"accuracy", "loss"}
    verdicts = [[(v.alias, v.name, v.state) for v in model.verdicts] for model in plan.models]
    assert verdicts == [
        [("x", "accuracy", "holds"), ("y", "loss", "holds")],
        [("x", "metadata", "fails")],
        [],
        [],
    ]
    assert judge(plans[1:], gates[1:])[1].asked == []


def test_what_a_gate_and_a_rule_ask_for_is_read_once_and_is_the_evidence_of_both() -> None:
    rule = {"schema": {"properties": {"metrics": {"required": ["recall"]}}}}
    plans = [make_plan("a", "x", "y"), make_plan("b", "x")]
    plan, looks = judge(plans, [{"x": CHANGE}, {}], policy={"measured": rule})
    ((places, keys),) = looks.asked
    assert ([place.run_id for place in places], keys) == (["a-2", "a-1", "b-2", "b-1"], None)
    verdicts = [[(v.alias, v.name, v.state) for v in model.verdicts] for model in plan.models]
    measured = (None, "measured", "holds")
    assert verdicts == [[("x", "loss", "holds"), measured], [measured]]
    known = [[(m.alias, [*m.candidate.metrics]) for m in model.evidence] for model in plan.models]
    every = ["accuracy", "loss", "recall"]
    assert known == [[("x", every), ("y", every)], [("x", every)]]


def test_verdicts_do_not_depend_on_the_order_of_aliases_and_gates() -> None:
    gate = {**METRIC, **TAGS}
    one, _ = judge([make_plan("a", "x", "y")], [{"x": gate, "y": CHANGE}], "x")
    other, _ = judge([make_plan("a", "y", "x")], [{"y": CHANGE, "x": gate}], "x")
    assert one.models[0].verdicts == other.models[0].verdicts
    assert [verdict.state for verdict in one.models[0].verdicts] == ["holds", "allowed", "holds"]


def test_the_tags_are_those_after_the_plan_and_without_registrars_own() -> None:
    plan, _ = judge([make_plan("a", "x", tags={"lr": "2"})], [{"x": TAGS}])
    (move,) = plan.models[0].evidence
    assert plan.models[0].verdicts[0].state == "holds"
    assert move.candidate.tags == {"lr": "2", "git_commit": "abc"}
    assert move.replaced is not None
    assert (move.replaced.number, move.replaced.tags) == (1, {"lr": "1"})


def test_a_gate_of_an_alias_that_nobody_declares_is_noted() -> None:
    plan = Plan(SERVER, (make_plan("a", "champion"),))
    noted = note_unused_gates(plan, [{"gates": {"champion": TAGS, "champoin": TAGS}}])
    assert [(note.kind, note.subject) for note in noted.models[0].notes] == [
        ("gate-unused", "gates.champoin")
    ]
