"""The one exit code of a run with several models, and what `check` makes of a refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.changes import CreateModel
from registrar.changes.plan import ModelPlan, Plan
from registrar.commands.approved_plans import approve
from registrar.commands.failures import find_error
from registrar.errors import (
    AccessDeniedError,
    BugError,
    ConfigError,
    IncompleteError,
    InterruptedRunError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    RegistrarError,
    ReplyTimeoutError,
    ServerError,
    UnreachableError,
)
from registrar.report import Outcome
from registrar.state import DesiredModel, Server

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAN = ModelPlan("m", DesiredModel("m"), None, ())
CHANGE: Any = object()

# One letter an outcome: a model that is done, and those that failed before or after a write.
done = Outcome(PLAN, done=(CHANGE,))
unchanged = Outcome(PLAN)
left = Outcome(PLAN, left=(CHANGE,))


class LoginPageError(OutcomeUnknownError):
    """A reply that the next run would get, too."""

    is_final = True


class FullDiskError(ConfigError):
    """What another run may not meet."""

    is_final = False


def failed(kind: type[RegistrarError], *, written: bool = False) -> Outcome:
    changes = (CHANGE,) if written else ()
    return Outcome(PLAN, done=changes, left=(CHANGE,), error=kind(f"a {kind.__name__}"))


def unplanned(kind: type[RegistrarError]) -> Outcome:
    """A model of which nobody could look at the source, so it has no plan."""
    error = kind("nobody could look")
    return Outcome(replace(PLAN, error=error), error=error)


@pytest.mark.parametrize(
    ("outcomes", "kind", "exit_code"),
    [
        ([done, unchanged], None, 0),
        # Nothing was written: what failed decides.
        ([failed(UnreachableError), left], UnreachableError, 4),
        ([failed(AccessDeniedError)], AccessDeniedError, 4),
        ([failed(AccessDeniedError), failed(UnreachableError)], ServerError, 4),
        ([failed(RefusedError)], RefusedError, 6),
        ([failed(InvalidRequestError)], InvalidRequestError, 6),
        ([failed(RefusedError), failed(InvalidRequestError)], RefusedError, 6),
        ([failed(NotFoundError)], NotFoundError, 2),
        ([failed(ConfigError), failed(NotFoundError)], ConfigError, 2),
        # Of several kinds the first of 4, 6, 2.
        ([failed(RefusedError), failed(UnreachableError)], ServerError, 4),
        ([failed(ConfigError), failed(RefusedError)], RefusedError, 6),
        # A model without a plan stops nothing midway, whatever was written for the others.
        ([done, unplanned(AccessDeniedError)], AccessDeniedError, 4),
        # Something was written, or may have been, and the next run can finish.
        ([done, failed(UnreachableError)], IncompleteError, 5),
        ([failed(OutcomeUnknownError)], IncompleteError, 5),
        ([failed(ReplyTimeoutError)], IncompleteError, 5),
        ([done, failed(NotFoundError)], IncompleteError, 5),
        ([done, failed(FullDiskError)], IncompleteError, 5),
        ([done, failed(AccessDeniedError), failed(UnreachableError)], IncompleteError, 5),
        ([done, failed(RefusedError), failed(UnreachableError)], IncompleteError, 5),
        # The next run would be refused as well.
        ([done, failed(RefusedError)], RefusedError, 6),
        ([failed(InvalidRequestError, written=True)], InvalidRequestError, 6),
        ([done, failed(InvalidRequestError), failed(RefusedError)], RefusedError, 6),
        # The next run would stop there as well.
        ([failed(AccessDeniedError, written=True)], AccessDeniedError, 4),
        ([done, failed(LoginPageError)], LoginPageError, 4),
        ([done, failed(AccessDeniedError), failed(InvalidRequestError)], ServerError, 4),
        ([done, failed(ConfigError)], RefusedError, 6),
        # A bug is a bug, whatever else failed.
        ([done, failed(OutcomeUnknownError), failed(BugError)], BugError, 1),
    ],
)
def test_the_exit_code_of_several_models(
    outcomes: Sequence[Outcome], kind: type[RegistrarError] | None, exit_code: int
) -> None:
    error = find_error(outcomes, interrupted=False, can_repeat=True)
    assert (type(error) if error else None, error.exit_code if error else 0) == (kind, exit_code)
    messages = [problem.message for problem in error.problems] if error else []
    for outcome in outcomes:
        if outcome.error is not None:
            assert outcome.error.problems[0].message in messages
    again = "Stopped midway; run it again to finish" in messages
    assert again == (exit_code == 5)
    says_so = any(message.startswith("Stopped midway, and running it") for message in messages)
    guards = {type(outcome.error) for outcome in outcomes if outcome.error} == {RefusedError}
    written = any(outcome.done for outcome in outcomes)
    unplanned_only = all(outcome.plan is not PLAN for outcome in outcomes if outcome.error)
    assert says_so == (written and exit_code in {4, 6} and not (guards or unplanned_only))


def test_an_interrupt_comes_first_and_keeps_what_failed() -> None:
    error = find_error([done, failed(RefusedError), left], interrupted=True, can_repeat=True)
    assert isinstance(error, InterruptedRunError)
    assert error.exit_code == 130
    assert {problem.message for problem in error.problems} == {
        "interrupted; run it again to finish",
        "a RefusedError",
    }
    finished = find_error([done, unchanged], interrupted=True, can_repeat=True)
    assert str(finished) == "interrupted; all was done."


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_run_with_a_checksum_is_not_told_to_run_again(interrupted: bool) -> None:
    outcomes = [failed(ServerError, written=True)]
    error = find_error(outcomes, interrupted=interrupted, can_repeat=False)
    assert error is not None
    assert "run it again" not in str(error)
    assert "apply with plan=plan.json" in str(error)


def test_another_run_at_a_model_is_no_reason_to_run_again() -> None:
    outcomes = [failed(IncompleteError, written=True), failed(RefusedError), done]
    error = find_error(outcomes, interrupted=False, can_repeat=True)
    assert isinstance(error, IncompleteError)
    assert "run it again" not in str(error)


@pytest.mark.parametrize("kind", [UnreachableError, AccessDeniedError])
def test_a_source_that_nobody_can_look_at_gives_one_exit_code_with_a_plan_file_and_without(
    kind: type[RegistrarError],
) -> None:
    server = Server("http://host", "http://host")
    other = ModelPlan("o", DesiredModel("o"), None, (), (CreateModel("o", "", {}),))
    model = ModelPlan("m", DesiredModel("m"), None, (), (CreateModel("m", "", {}),))
    blind = replace(model, changes=(), error=kind("nobody could look"))
    written = Outcome(other, done=other.changes)
    without = find_error(
        (written, Outcome(blind, error=blind.error)), interrupted=False, can_repeat=True
    )
    approval = approve(Plan(server, (other, model)), Plan(server, (other, blind)))
    outcomes = approval.merge([written])
    error = find_error(outcomes, interrupted=False, can_repeat=True, unplanned=approval.unplanned)
    assert error is not None
    assert without is not None
    assert (error.exit_code, without.exit_code) == (4, 4)
    assert outcomes[1].left == model.changes
