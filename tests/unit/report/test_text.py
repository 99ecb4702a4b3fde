"""What people read in a terminal: the exact text of plans, outcomes and errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registrar.changes.changes import SetTag
from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.errors import ConfigError, Place, Problem, UnreachableError
from registrar.report import Outcome, Report, error_text, render
from registrar.report.screen import Screen
from registrar.state import (
    MANAGED_TAG,
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    ObservedVersion,
    Source,
)
from tests.unit.report.samples import (
    DIGEST,
    SERVER,
    URI,
    declared,
    differing,
    matching,
    plan_of,
    report,
    stopped,
)

NEW = """\
mnist
  + registered model  mnist
      description     Digits
      tags.team       vision
  + version (new)     sha256:3f1c00000000...  from models/mnist
      description                 Two layers
      metadata.lr                 0.003
      metadata.a_rather_long_key  x
  + alias champion -> (new)"""


def test_a_plan_for_something_new() -> None:
    planned = report("plan", plan_of(declared(), None))
    assert planned.plan is not None
    assert render(planned, "text") == (
        f"{NEW}\nPlan for {URI}: 3 to create.\nChecksum {planned.plan.checksum}"
    )


def test_an_apply_of_something_new() -> None:
    whole = plan_of(declared(), None)
    done = Report("apply", 0, Plan(SERVER, (whole,)), (Outcome(whole, whole.changes),))
    assert render(done, "text") == f"{NEW}\nApplied to {URI}: 3 created."


def test_a_check_that_finds_every_kind_of_difference() -> None:
    checked = report("check", plan_of(declared(), differing()), code=3)
    assert checked.plan is not None
    assert (
        render(checked, "text")
        == f"""\
mnist
  ~ registered model  description  "" -> Digits
  ~ registered model  tags.team  nlp -> vision
  ~ version 1         description  One layer -> Two layers
  ~ version 1         metadata.lr  0.01 -> 0.003
  - version 1         metadata.old  (was "")
  ~ alias champion    2 -> 1
  - alias old         (was 1)
{URI} differs: 4 to update, 1 to move, 2 to remove.
Checksum {checked.plan.checksum}"""
    )


@pytest.mark.parametrize("command", ["plan", "check", "apply"])
def test_a_model_that_matches_has_nothing_to_do(command: str) -> None:
    whole = plan_of(declared(), matching())
    outcomes = (Outcome(whole),) if command == "apply" else None
    found = Report(command, 0, Plan(SERVER, (whole,)), outcomes)
    assert render(found, "text") == (
        "Nothing to do: mnist version 1 matches configs/model/mnist.yaml (sha256:3f1c00000000...)."
    )
    assert found.plan is not None
    assert render(found, "markdown").splitlines()[1:] == [
        f"### registrar {command}: nothing to do",
        "",
        f"Server `{URI}`, plan `{found.plan.checksum}`",
        "",
        "`mnist version 1 matches configs/model/mnist.yaml (sha256:3f1c00000000...).`",
    ]


def test_nothing_to_do_for_many_and_for_a_parent_only() -> None:
    parent = plan_of(DesiredModel("mnist"), ObservedModel("mnist"))
    assert render(report("plan", parent), "text") == (
        "Nothing to do: mnist matches configs/model/mnist.yaml."
    )
    assert render(report("plan", parent, parent), "text") == (
        "Nothing to do: 2 models match their configuration."
    )


def test_adoptions_and_duplicates_are_told() -> None:
    mine = DesiredVersion(Source("s3://b/m", "ref-sha256:1", "s3://b/m"), config="mnist")
    desired = DesiredModel("mnist", versions=(mine,))
    by_hand = ObservedVersion(1, source="s3://b/m")
    adopt = plan_of(desired, ObservedModel("mnist", versions=(by_hand,)))
    adopted = report("check", adopt)
    assert adopted.plan is not None
    assert render(adopted, "text") == (
        "mnist\n"
        "  = version 1         adopted: it is what the configuration declares\n"
        f"In sync with {URI}; 1 to adopt.\n"
        f"Checksum {adopted.plan.checksum}"
    )
    assert "| = | version 1 |  | `ref-sha256:1...` |" in render(adopted, "markdown")
    twice = tuple(
        ObservedVersion(number, "ref-sha256:1", "s3://b/m", managed=(), config="mnist")
        for number in (1, 2)
    )
    removal = plan_of(desired, ObservedModel("mnist", versions=twice))
    assert render(report("plan", removal), "text").splitlines()[:3] == [
        "mnist",
        "  - version 2         a duplicate that an interrupted run left",
        f"Plan for {URI}: 1 to remove.",
    ]


def test_an_apply_that_stopped_lists_what_was_done_and_what_is_left() -> None:
    assert render(stopped(), "text") == (
        "mnist\n"
        "  done  + registered model  mnist\n"
        "  done  + version (new)     sha256:3f1c00000000...  from models/mnist\n"
        "  left  + alias champion -> (new)\n"
        f"Stopped at {URI}: 2 created so far."
    )


@pytest.mark.parametrize("output", ["text", "markdown"])
def test_a_stop_before_registrars_own_records_counts_them(output: Any) -> None:
    record = SetTag(None, None, MANAGED_TAG, "[]", "['lr']")
    lost = UnreachableError(Problem("example", "the server went away"))
    model = diff("mnist", DesiredModel("mnist"), ObservedModel("mnist"))
    model = replace(model, changes=(record,))
    outcome = Outcome(model, left=(record,), error=lost)
    halted = Report("apply", 5, Plan(SERVER, (model,)), (outcome,), lost)
    assert "registrar's own records: 1" in render(halted, output)
    assert MANAGED_TAG not in render(halted, output)


def test_models_that_were_finished_are_listed_before_the_one_that_stopped() -> None:
    other = diff("iris", DesiredModel("iris"), None)
    halted = stopped()
    assert halted.plan is not None
    assert halted.outcomes is not None
    mixed = Report(
        "apply",
        5,
        Plan(SERVER, (*halted.plan.models, other)),
        (*halted.outcomes, Outcome(other, other.changes)),
        halted.error,
    )
    lines = render(mixed, "text").splitlines()
    assert lines[:3] == ["iris", "  + registered model  iris", "mnist"]
    assert lines[-1] == f"Stopped at {URI}: 3 created so far."


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("text", "Valid: iris, mnist."),
        ("markdown", "<!-- registrar -->\n### registrar validate: 2 models valid\n\n`iris, mnist`"),
    ],
)
def test_validate_lists_the_valid_configurations(output: Any, expected: str) -> None:
    assert render(Report("validate", configs=("iris", "mnist")), output) == expected


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (Problem("example", "it is wrong"), "it is wrong."),
        (Problem("example", "did you mean it?", "Do."), "did you mean it? Do."),
        (
            Problem("example", "is wrong", "Do.", path="a.b", place=Place("f.yaml", 3, 7)),
            "f.yaml:3:7: a.b: is wrong. Do.",
        ),
        (Problem("example", "is wrong", suggestion="b"), "is wrong. Did you mean 'b'?"),
        (
            Problem("example", "is wrong", "Known: b, c.", suggestion="b"),
            "is wrong. Did you mean 'b'? Known: b, c.",
        ),
        (
            Problem("example", "is wrong", path="a.b", place=Place("f.yaml")),
            "f.yaml: a.b: is wrong.",
        ),
        (
            Problem("example", "is wrong", path="a.b", place=Place(override="a.b=1")),
            "override 'a.b=1': a.b: is wrong.",
        ),
        (Problem("example", "a\nb\x1b[2J"), r"a\nb\u001b[2J."),
    ],
)
def test_a_problem_is_one_line(problem: Problem, line: str) -> None:
    assert error_text(ConfigError(problem)) == line


def test_colour_is_on_the_marks_only() -> None:
    checked = report("check", plan_of(declared(), differing()), code=3)
    coloured = render(checked, "text", Screen(colour=True)).splitlines()
    assert coloured[2] == "  \033[33m~\033[0m registered model  tags.team  nlp -> vision"
    assert coloured[7] == "  \033[31m-\033[0m alias old         (was 1)"
    new = render(
        report("plan", plan_of(declared(), None)), "text", Screen(colour=True)
    ).splitlines()
    assert new[:3] == [
        "mnist",
        "  \033[32m+\033[0m registered model  mnist",
        "      description     Digits",
    ]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a", "b", "a -> b"),
        ("", " b ", '"" -> " b "'),
        ("Grüße", "Grüße aus Köln", "Grüße -> Grüße aus Köln"),
        ("", "Grüße\naus Köln", r'"" -> "Grüße\naus Köln"'),
        ("x" * 200, "y", "x" * 97 + "... -> y"),
        ("x" * 200 + "old", "x" * 200 + "new", f"...{'x' * 25}old -> ...{'x' * 25}new"),
        ("x" * 200, "x" * 300, f"...{'x' * 25} -> ...{'x' * 94}..."),
    ],
)
def test_a_change_shows_both_values_on_one_line(before: str, after: str, shown: str) -> None:
    was = ObservedVersion(1, DIGEST, "m", None, before, {}, (), ())
    declared = DesiredVersion(Source("m", DIGEST), description=after)
    desired = DesiredModel("mnist", versions=(declared,))
    text = render(report("plan", plan_of(desired, ObservedModel("mnist", versions=(was,)))), "text")
    assert text.splitlines()[1] == f"  ~ version 1         description  {shown}"


def test_what_registrar_keeps_for_itself_is_counted_alone() -> None:
    was = ObservedVersion(1, DIGEST, "m", None, "", {}, (), ("gone",))
    desired = DesiredModel("mnist", versions=(DesiredVersion(Source("m", DIGEST), tags={}),))
    checked = report("check", plan_of(desired, ObservedModel("mnist", versions=(was,), managed=())))
    assert checked.plan is not None
    assert render(checked, "text") == (
        f"In sync with {URI}; registrar's own records: 1.\nChecksum {checked.plan.checksum}"
    )
    assert "### registrar check: registrar's own records: 1\n" in render(checked, "markdown")


def test_the_owner_and_the_protected_aliases_are_shown_as_fields() -> None:
    desired = DesiredModel("mnist", owner="vision/mnist", protected=("champion",))
    assert render(report("plan", plan_of(desired, None)), "text").splitlines()[1:4] == [
        "  + registered model  mnist",
        "      owner              vision/mnist",
        '      protected_aliases  ["champion"]',
    ]


def test_a_long_alias_keeps_its_distance() -> None:
    alias = "production-in-europe"
    versions = (
        ObservedVersion(1, DIGEST, "m"),
        ObservedVersion(2, "x", "m", aliases=(alias,)),
    )
    declared = DesiredVersion(Source("m", DIGEST), aliases=(alias,))
    desired = DesiredModel("mnist", versions=(declared,))
    observed = ObservedModel("mnist", versions=versions, managed=(f"@{alias}",))
    assert render(report("plan", plan_of(desired, observed)), "text").splitlines()[1] == (
        "  ~ alias production-in-europe  2 -> 1"
    )
