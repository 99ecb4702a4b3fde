"""Comments on 300 models, in each of five shapes: they keep the limit, and a real parser shows them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import cmarkgfm
import pytest

from registrar.errors import Problem, RefusedError
from registrar.report import Report, render
from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion
from registrar.verdicts import Verdict
from tests.unit.report.samples import DIGEST, declared, plan_of, report

if TYPE_CHECKING:
    from registrar.changes.plan import ModelPlan

MODELS = 300
OLD = ObservedVersion(
    1,
    "sha256:5",
    description="One layer",
    tags={"lr": "0.01", "epochs": "3", "optimizer": "SGD", "old": "1"},
    aliases=("champion", "old"),
    managed=("lr", "epochs", "optimizer", "old"),
    config="m",
)
WHOLE = declared(metadata={"lr": "0.003", "epochs": "5", "optimizer": "Adam"})
(NEW,) = WHOLE.versions
CLEARED = DesiredVersion(replace(NEW.source, digest=OLD.digest or ""), OLD.description, {}, ())


def plan(desired: DesiredModel, observed: ObservedModel | None, index: int) -> ModelPlan:
    name = f"vision-{index}"
    here = None if observed is None else replace(observed, name=name)
    return replace(plan_of(replace(desired, name=name), here), config=name)


def held(version: ObservedVersion) -> ObservedModel:
    return ObservedModel("m", "", {"team": "nlp"}, (version,), ("@champion", "@old", "team"))


def shape(name: str) -> Report:
    same = replace(OLD, digest=DIGEST, aliases=("champion",), tags=dict(list(OLD.tags.items())[:3]))
    match name:
        case "new":
            models = [plan(WHOLE, None, index) for index in range(MODELS)]
        case "edited":
            models = [plan(WHOLE, held(same), index) for index in range(MODELS)]
        case "removals":
            cleared = DesiredModel("m", None, {}, (CLEARED,))
            models = [plan(cleared, held(OLD), index) for index in range(MODELS)]
        case _:
            models = [plan(WHOLE, held(OLD), index) for index in range(MODELS)]
    if name != "refused":
        return report("plan", *models)
    verdict = Verdict("champion", 0, "signature", "signature", "fails", 1, reasons=("age is gone",))
    models = [replace(model, verdicts=(verdict,)) for model in models]
    refused = report("plan", *models, code=6)
    problems = (Problem("gate-failed", f"{model.name}: signature fails") for model in models)
    return replace(refused, error=RefusedError(*problems))


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", ["refused", "new", "edited", "moves", "removals"])
def test_a_comment_keeps_the_limit_and_says_what_is_left_out(name: str) -> None:
    whole = shape(name)
    text = render(whole, "markdown")
    assert 55_000 < len(text) <= 60_000
    headline = text.splitlines()[1]
    assert f"{MODELS} models change" in headline
    assert ("300 gates FAIL" in headline) == (name == "refused")
    assert re.match(r"\*\*Left out here: .* changes of \d+ models", text.splitlines()[-1])

    page = cmarkgfm.github_flavored_markdown_to_html(text)
    titles = re.findall(r"^#### `vision-\d+`$", text, re.MULTILINE)
    assert page.count("<table>") == page.count("<h4>") == len(titles) > 30
    assert text.partition("<details>")[0].count("####") <= 40
    assert "|" not in re.sub(r"<code>.*?</code>", "", page)
