"""Reports as values: what was done, and what is left."""

from __future__ import annotations

from dataclasses import replace

from registrar.changes.changes import SetAlias, SetTag
from registrar.changes.plan import ModelPlan, Plan
from registrar.report import Outcome, Report
from registrar.state import DesiredModel, DesiredVersion, Server, Source

SERVER = Server("http://host", "http://host", "3.17.2")
TAG = SetTag(1, 0, "a", None, "1")
MOVE = SetAlias(0, "champion", 1, 2)
DESIRED = DesiredModel("mnist", versions=(DesiredVersion(Source("a", "A")),))
PLAN = ModelPlan("mnist", DESIRED, None, (1,), (TAG, MOVE))


def test_a_report_counts_what_was_done() -> None:
    stopped = Report("apply", 5, Plan(SERVER, (PLAN,)), (Outcome(PLAN, (TAG,), (MOVE,)),))
    assert (stopped.summary["create"], stopped.summary["move"]) == (1, 0)
    assert stopped.models == (PLAN,)
    assert stopped.changes == (TAG, MOVE)
    assert [outcome.plan for outcome in stopped.unfinished] == [PLAN]


def test_a_report_without_outcomes_counts_what_would_be_done() -> None:
    planned = Report("plan", 0, Plan(SERVER, (PLAN,)))
    assert (planned.summary["create"], planned.summary["move"]) == (1, 1)
    assert planned.checksum == Plan(SERVER, (PLAN,)).checksum
    assert not planned.in_sync
    assert planned.unfinished == ()


def test_a_report_without_a_plan_has_no_changes() -> None:
    report = Report("validate", configs=("mnist",))
    assert (report.summary["create"], report.models, report.changes) == (0, (), ())
    assert report.checksum is None
    assert report.in_sync
    assert str(report) == "Valid: mnist."
    assert report.to_dict()["models"] == [{"config": "mnist"}]


def test_a_document_shows_no_user_of_a_source() -> None:
    source = Source("https://token@host/m", "A")
    model = ModelPlan(
        "mnist", DesiredModel("mnist", versions=(DesiredVersion(source),)), None, (None,)
    )
    (planned,) = Report("plan", plan=Plan(SERVER, (model,))).to_dict()["models"]
    assert [version["source"] for version in planned["versions"]] == ["https://host/m"]


def test_what_was_made_before_is_not_counted_as_made() -> None:
    outcome = Outcome(PLAN, (TAG, MOVE), earlier=frozenset({0}))
    report = Report("apply", 0, Plan(SERVER, (PLAN,)), (outcome,))
    assert outcome.made == (MOVE,)
    assert (report.summary["update"], report.summary["move"]) == (0, 1)
    whole = Outcome(PLAN, (TAG, MOVE), earlier=frozenset({0, 1}))
    report = Report("apply", 0, Plan(SERVER, (PLAN,)), (whole,))
    assert (sum(report.summary.values()), report.summary["unchanged"]) == (1, 1)
    assert str(report) == "Nothing to do: every change of the plan was made before."
    denied = Outcome(replace(PLAN, changes=()))
    report = Report("apply", 0, Plan(SERVER, (PLAN,)), (denied,))
    assert str(report) == f"Applied to {SERVER.registry_uri}: nothing."


def test_the_short_form_of_a_report_stays_on_a_line() -> None:
    planned = Report("plan", 0, Plan(SERVER, (PLAN,)))
    assert repr(planned) == (
        "Result('plan', exit_code=0, models=['mnist'], summary={'create': 1, 'move': 1})"
    )
    many = Report("plan", 0, Plan(SERVER, (PLAN,) * 1000))
    assert "models=1000, " in repr(many)
    assert repr(Report("show", 4)) == "Result('show', exit_code=4)"


def test_a_notebook_shows_a_report_as_markdown() -> None:
    shown = Report("plan", 0, Plan(SERVER, (PLAN,)))._repr_markdown_()
    assert shown.splitlines()[1] == "### registrar plan: 1 model changes"
