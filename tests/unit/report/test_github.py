"""The exact annotations of reports."""

from __future__ import annotations

from dataclasses import replace

from registrar.errors import ConfigError, Place, Problem
from registrar.report import Report, render
from registrar.state import Note
from tests.unit.report.samples import declared, differing, plan_of, report


def test_each_problem_is_an_annotation_on_its_file_and_line() -> None:
    problems = (
        Problem("unknown-key", "unknown key 'nam'", suggestion="name", place=Place("a.yaml", 1, 2)),
        Problem("no-model", "no model 'x'", "Look.", place=Place(override="model=x")),
    )
    failed = Report("validate", 2, error=ConfigError(*problems))
    assert render(failed, "github", folder="team/a").splitlines() == [
        "::error title=registrar%3A no-model::override 'model=x': no model 'x'. Look.",
        (
            "::error file=team/a/a.yaml,line=1,col=2,title=registrar%3A unknown-key::unknown key 'nam'. "
            "Did you mean 'name'?"
        ),
    ]


def test_drift_is_an_annotation_on_the_file_of_the_model() -> None:
    differs = replace(plan_of(declared(), differing()), origin="configs/model/mnist.yaml")
    checked = report("check", differs, code=3)
    checked = replace(checked, notes=(Note("already-made", values={"count": 2}),))
    text, *annotations = render(checked, "github").split("\n::")
    assert text == render(checked, "text")
    assert annotations == [
        (
            "error file=configs/model/mnist.yaml,line=1,title=registrar%3A drift::"
            "mnist differs from its configuration in the registry"
        ),
        "notice title=registrar::2 of the approved changes had been made before",
    ]


def test_a_plan_has_no_error() -> None:
    planned = report("plan", plan_of(declared(), differing()))
    assert render(planned, "github") == render(planned, "text")
