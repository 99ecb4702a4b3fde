"""For generated states: a plan file gives back the plan, and equal changes have equal checksums."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from registrar.changes.allowances import Allowances
from registrar.changes.diff import diff
from registrar.changes.identity import identity_of
from registrar.changes.plan import Plan
from registrar.changes.plan_document import plan_from_document, plan_to_document
from registrar.config.schema import load_schema
from registrar.config.servers import server_identity
from registrar.state import DesiredModel, ObservedModel, Server
from registrar.verdicts import Verdict
from registrar.version_evidence import Measurement
from tests.laws.generated_states import desired_models, law, observed_models, planned

if TYPE_CHECKING:
    from registrar.changes.plan import ModelPlan

SCHEMA = Draft202012Validator(load_schema("plan.json"))
SERVER = Server("http://127.0.0.1:5000", "http://127.0.0.1:5000")
NAMES = st.sampled_from([(), ("champion",), ("a", "b")])
allowances = st.builds(
    Allowances, protected=NAMES, gates=NAMES, rules=NAMES, takeover=st.booleans()
)
TEXTS = st.sampled_from(["", "test", "ü"])
measurements = st.builds(
    Measurement,
    st.none() | st.floats(allow_nan=False) | st.integers(-3, 3).map(float),
    dataset=st.none() | TEXTS,
    step=st.none() | st.integers(),
    unknown=st.sampled_from([None, "zero-or-nan"]),
)
verdicts = st.builds(
    Verdict,
    alias=st.none() | TEXTS,
    entry=st.integers(0, 2),
    kind=st.sampled_from(["metric", "signature", "metadata", "rule"]),
    name=TEXTS,
    state=st.sampled_from(["holds", "fails", "allowed", "warns"]),
    replaces=st.none() | st.integers(1, 3),
    demands=st.dictionaries(TEXTS, st.integers() | st.floats(-1e9, 1e9) | TEXTS),
    before=st.none() | measurements,
    after=st.none() | measurements,
    reasons=st.lists(TEXTS).map(tuple),
)


def unchanged(name: str) -> ModelPlan:
    return diff(name, DesiredModel(name), ObservedModel(name, managed=()))


@law
@given(desired_models(), observed_models(), allowances, st.lists(verdicts, max_size=2).map(tuple))
def test_a_plan_file_gives_back_the_plan(
    desired: DesiredModel,
    observed: ObservedModel | None,
    allowed: Allowances,
    judged: tuple[Verdict, ...],
) -> None:
    model = planned(desired, observed)
    assume(model.changes or not judged)
    plan = Plan(SERVER, (replace(model, verdicts=judged),), allowed)
    document = json.loads(json.dumps(plan_to_document(plan)))
    whole = re.sub(r'(digest": ")[ABC]"', rf'\g<1>sha256:{"0" * 64}"', json.dumps(document))
    assert [error.message for error in SCHEMA.iter_errors(json.loads(whole))] == []
    found = plan_from_document(document)
    assert found.checksum == plan.checksum == document["checksum"]
    assert found.allowances == allowed
    assert [verdict for model in found.models for verdict in model.verdicts] == [*judged]
    if judged:
        assert replace(plan, models=(model,)).checksum != plan.checksum
    assert [*map(identity_of, found.changes)] == [*map(identity_of, plan.changes)]
    assert [(c.action, c.kind) for c in found.changes] == [(c.action, c.kind) for c in plan.changes]


@law
@given(desired_models(), observed_models())
def test_models_without_changes_and_their_order_do_not_matter(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    model = planned(desired, observed)
    alone = Plan(SERVER, (model,))
    assert Plan(SERVER, (unchanged("x"), model, unchanged("y"))).checksum == alone.checksum


@law
@given(desired_models(), observed_models(), allowances, allowances)
def test_allowances_are_part_of_the_checksum(
    desired: DesiredModel, observed: ObservedModel | None, one: Allowances, other: Allowances
) -> None:
    plan = Plan(SERVER, (planned(desired, observed),), one)
    assert (replace(plan, allowances=other).checksum == plan.checksum) == (one == other)


SAME = [
    ("http://localhost:5000", "http://127.0.0.1:5000"),
    ("http://LOCALHOST:5000/", "http://127.0.0.1:5000"),
    ("https://mlflow.example.org/", "https://mlflow.example.org"),
    ("https://MLflow.example.org:443", "https://mlflow.example.org"),
    ("HTTP://mlflow.example.org:80", "http://mlflow.example.org"),
    ("http://h/path/", "http://h/path"),
    ("http://[::1]:5000/", "http://[::1]:5000"),
]
DIFFERENT = [
    ("http://localhost:5000", "http://localhost:5001"),
    ("http://h", "https://h"),
    ("http://h/a", "http://h/b"),
    ("http://h/a", "http://h/A"),
    ("http://[::1]:5000", "http://127.0.0.1:5000"),
    ("http://h:x", "http://h"),
    ("sqlite:///a.db", "sqlite:///b.db"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_address_agree(one: str, other: str) -> None:
    assert server_identity(one) == server_identity(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_servers_of_different_addresses_differ(one: str, other: str) -> None:
    assert server_identity(one) != server_identity(other)
