"""What the functions of the Python API return, and how they raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.errors import ConfigError, InterruptedRunError, Problem
from registrar.registration import raise_error, registration_from
from registrar.report import Outcome, Report
from registrar.state import (
    DesiredModel,
    DesiredVersion,
    Note,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)

if TYPE_CHECKING:
    from registrar.changes.plan import ModelPlan

URI = "http://host"
DIGEST = "ref-sha256:1"
SOURCE = Source("s3://b/m", DIGEST, "s3://b/m")
VERSION = ObservedVersion(
    2, DIGEST, "s3://me:secret@b/m", run_id="r1", description="Two layers", tags={"lr": "0.1"}
)
NOTE = Note("leftover-upload", "version 1", {"reason": "denied"})


def plan_of(observed: ObservedModel | None, **fields: object) -> ModelPlan:
    version = DesiredVersion(SOURCE, config="m", **fields)  # type: ignore[arg-type]
    return diff("m", DesiredModel("m", versions=(version,)), observed)


def applied(plan: ModelPlan) -> Report:
    outcome = Outcome(plan, plan.changes, notes=(NOTE,))
    return Report("apply", 0, Plan(Server(URI, URI), (plan,)), (outcome,))


def holding(**fields: object) -> ObservedModel:
    """A server that has the version of `plan_of`."""
    fields = {"digest": DIGEST, "source": "s3://b/m", "managed": (), "config": "m", **fields}
    return ObservedModel("m", versions=(ObservedVersion(2, **fields),))  # type: ignore[arg-type]


def test_a_registration_is_the_version_without_secrets_of_its_source() -> None:
    aliases = {"live": 2, "champion": 2, "old": 1}
    found = registration_from("m", VERSION, aliases, URI)
    assert found.to_dict() == {
        "name": "m",
        "version": 2,
        "digest": DIGEST,
        "source": "s3://b/m",
        "run_id": "r1",
        "description": "Two layers",
        "metadata": {"lr": "0.1"},
        "aliases": ["champion", "live"],
        "action": "unchanged",
        "server": URI,
        "notes": [],
        "uri": "models:/m/2",
    }
    assert str(found).startswith("m version 2 @champion @live unchanged on http://host: s3://b/m")


@pytest.mark.parametrize(
    ("plan", "action"),
    [
        (plan_of(None), "created"),
        (plan_of(holding()), "unchanged"),
        (plan_of(holding(), tags={"lr": "0.1"}), "updated"),
        (plan_of(holding(), aliases=("champion",)), "updated"),
        (plan_of(holding(digest=None, managed=None, config=None)), "adopted"),
    ],
)
def test_the_action_tells_what_was_done_for_the_version(plan: ModelPlan, action: str) -> None:
    found = registration_from("m", VERSION, {}, URI, applied(plan))
    assert found.action == action
    assert [note.partition(" left")[0] for note in found.notes] == ["version 1"]


def test_an_error_is_raised_with_its_report() -> None:
    raise_error(Report("plan", 0))
    error = ConfigError(Problem("example", "is wrong"))
    report = Report("plan", 2, error=error)
    with pytest.raises(ConfigError) as caught:
        raise_error(report)
    assert caught.value.report is report


def test_an_interrupt_is_raised_as_python_raises_it() -> None:
    error = InterruptedRunError(Problem("interrupted", "stopped"))
    with pytest.raises(KeyboardInterrupt) as caught:
        raise_error(Report("apply", 130, error=error))
    assert caught.value.__cause__ is error
