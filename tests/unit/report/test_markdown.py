"""The exact Markdown of plans and of outcomes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import SetTag
from registrar.errors import Problem, RefusedError
from registrar.report import Report, render
from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion, Source
from registrar.verdicts import Verdict, VerdictState
from registrar.version_evidence import Measurement
from tests.unit.report.samples import (
    URI,
    declared,
    differing,
    matching,
    plan_of,
    report,
    stopped,
)

if TYPE_CHECKING:
    from registrar.changes.plan import ModelPlan


def test_markdown_of_a_plan() -> None:
    checked = report("check", plan_of(declared(), differing()), code=3)
    assert checked.plan is not None
    assert (
        render(checked, "markdown")
        == f"""<!-- registrar server={URI} checksum={checked.plan.checksum} -->
### registrar check: 1 model differs

Server `{URI}`, plan `{checked.plan.checksum}`, 4 to update, 1 to move, 2 to remove

#### `mnist`

|  | what | field | change |
| --- | --- | --- | --- |
| ~ | alias | `champion` | `2` → `1` |
| - | alias | `old` | was `1` |
| - | version 1 | `metadata.old` | was `""` |
| ~ | registered model | `description` | `""` → `Digits` |
| ~ |  | `tags.team` | `nlp` → `vision` |
| ~ | version 1 | `description` | `One layer` → `Two layers` |
| ~ |  | `metadata.lr` | `0.01` → `0.003` |"""
    )


def test_markdown_of_an_apply_that_stopped() -> None:
    halted = stopped()
    assert halted.plan is not None
    assert (
        render(halted, "markdown")
        == f"""<!-- registrar server={URI} checksum={halted.plan.checksum} -->
### registrar apply: 2 problems (exit code 5), 2 created

Server `{URI}`, plan `{halted.plan.checksum}`

**Problems**

- `Stopped midway; run it again to finish.`
- `the server went away. Start it again.`

#### `mnist`

|  | state | what | field | change |
| --- | --- | --- | --- | --- |
| + | left | alias | `champion` | → `(new)` |
| + | done | registered model |  | `mnist` |
|  |  |  | `description` | `Digits` |
|  |  |  | `tags.team` | `vision` |
| + | done | version (new) |  | `sha256:3f1c00000000...` |
|  |  |  | uri | `models/mnist` |
|  |  |  | upload | 1 file, 512 bytes |
|  |  |  | `description` | `Two layers` |
|  |  |  | `metadata.lr` | `0.003` |
|  |  |  | `metadata.a_rather_long_key` | `x` |

**Notes**

- `mnist: version 1 left an upload that no version needs and that could not be deleted: denied`"""
    )


def test_a_reviewer_sees_where_a_new_version_comes_from_and_that_nobody_looked_at_it() -> None:
    source = Source("s3://elsewhere/m", "ref-sha256:1", "s3://elsewhere/m", verified=False)
    version = DesiredVersion(source, description="Better", tags={"auc": "0.9"})
    desired = DesiredModel("mnist", versions=(version,), owner="vision/mnist")
    text = render(report("plan", plan_of(desired, None)), "markdown")
    for row in (
        "|  |  | `owner` | `vision/mnist` |",
        "|  |  | uri | `s3://elsewhere/m` |",
        "|  |  | verify | false: nobody looks at the files |",
        "|  |  | `description` | `Better` |",
        "|  |  | `metadata.auc` | `0.9` |",
    ):
        assert row in text.splitlines()


def test_the_biggest_plan_fits_into_a_comment_and_shows_moved_aliases_first() -> None:
    def model(index: int) -> ModelPlan:
        source = Source("s3://b/m", "ref-sha256:1", "s3://b/m")
        tags = {f"key{n}": "`" * (n + index % 3) + "x" * 90 for n in range(9)}
        version = DesiredVersion(source, tags=tags, config="m")
        return plan_of(DesiredModel(f"new{index}", versions=(version,)), None)

    moved = plan_of(declared(), differing())
    whole = report("plan", *map(model, range(300)), moved)
    text = render(whole, "markdown")
    assert 50_000 < len(text) <= 60_000
    tables = [line for line in text.splitlines() if line.startswith("####")]
    assert tables[0] == "#### `mnist`"
    shown = len(tables)
    start, folded = text.split("<details>")
    assert start.count("####") == 20
    assert f" changes of {shown - 20} models (" in folded.splitlines()[1]
    hidden, of_these = map(int, re.findall(r"here: (\d+) changes of \d+ models \((\d+)", folded)[0])
    assert hidden == of_these == 600 - text.count("| + |")
    assert ".** All of it is in the output" in text.splitlines()[-1]


def test_one_model_with_too_many_changes_is_cut_after_what_matters_most() -> None:
    tags = {f"key{n:04}": "x" * 90 for n in range(2000)}
    was = ObservedVersion(2, "sha256:5", aliases=("champion",), managed=(), config="mnist")
    there = ObservedModel("mnist", versions=(was,), managed=("@champion",))
    changed = plan_of(declared(description="", metadata={}), there)
    many = replace(
        changed, changes=(*(SetTag(2, None, k, None, v) for k, v in tags.items()), *changed.changes)
    )
    lines = render(report("plan", many), "markdown").splitlines()
    assert lines[9] == "| ~ | alias | `champion` | `2` → `(new)` |"
    assert sum(map(len, lines)) + len(lines) <= 60_000
    assert "**Left out here: " in lines[-1]


def test_many_problems_are_folded_and_leave_room_for_the_models() -> None:
    error = RefusedError(*(Problem("example", f"{n} " + "x" * 400) for n in range(500)))
    plan = report("plan", plan_of(declared(), differing())).plan
    text = render(Report("plan", 6, plan, error=error), "markdown")
    assert len(text) <= 60_000
    assert text.splitlines()[1] == (
        "### registrar plan: 500 problems (exit code 6), 1 model changes"
    )
    assert "| ~ | alias | `champion` | `2` → `1` |" in text
    assert text.index("<details>") < text.index("#### `mnist`")
    assert text.splitlines()[-1].startswith("**Left out here: ")


def test_failures_come_first_then_protected_aliases_removals_moves_and_the_rest() -> None:
    def model(name: str, desired: DesiredModel, observed: ObservedModel | None) -> ModelPlan:
        return replace(plan_of(replace(desired, name=name), observed), config=name)

    bare = DesiredModel("x", versions=(DesiredVersion(declared().versions[0].source),))
    only_two = ObservedModel("x", "", {}, differing().versions[1:], ("@champion",))
    moved = replace(bare, versions=(replace(bare.versions[0], aliases=("champion",)),))
    models = (
        model("created", bare, None),
        model("edited", declared(), matching()),
        model("moved", moved, only_two),
        model(
            "removed",
            replace(bare, tags={}),
            replace(only_two, tags={"team": "x"}, managed=("team",)),
        ),
        model("guarded", moved, replace(only_two, protected=("champion",))),
        replace(model("failed", moved, only_two), verdicts=(verdict("fails"),)),
    )
    edited = replace(models[1], changes=(SetTag(1, 0, "lr", "1", "2"),))
    text = render(report("plan", models[0], edited, *models[2:]), "markdown")
    order = re.findall(r"^#### `(\w+)`", text, re.MULTILINE)
    assert order == ["failed", "guarded", "removed", "moved", "edited", "created"]
    assert text.splitlines()[1] == "### registrar plan: 6 models change, 1 gate FAILS"
    assert "| ~ | protected alias | `champion` | `2` → `(new)` |" in text


def verdict(state: VerdictState, **fields: Any) -> Verdict:
    after = Measurement(0.969, "test", "000c925f")
    before = replace(after, value=0.971)
    demands = {"min": 0.97}
    return replace(
        Verdict("champion", 0, "metric", "accuracy", state, 1, demands, before, after), **fields
    )


def test_verdicts_stand_below_their_alias() -> None:
    verdicts = (
        verdict("fails", reasons=("it is below 0.97",)),
        verdict("holds", name="f1"),
        verdict("warns", kind="rule", name="floor", before=None, after=None),
        verdict("allowed", alias=None, kind="rule", name="owner", before=None, after=None),
    )
    model = replace(plan_of(declared(), differing()), verdicts=verdicts)
    lines = render(report("plan", model, code=6), "markdown").splitlines()
    assert lines[1] == (
        "### registrar plan: 1 model changes, 1 gate FAILS, 1 rule FAILS and is allowed, 1 rule warns"
    )
    measured = "`0.971 -> 0.969  on test (000c925f)`, asks for `min 0.97`"
    assert lines[9:14] == [
        "|  | rule | `owner` | fails, and is allowed |",
        "| ~ | alias | `champion` | `2` → `1` |",
        f"| ✗ | gate | `accuracy` | {measured}, **FAILS**: `it is below 0.97` |",
        f"|  | gate | `f1` | {measured}, holds |",
        "|  | rule | `floor` | warns |",
    ]


def test_an_alias_whose_gate_fails_is_the_first_row_also_of_a_new_model() -> None:
    model = replace(plan_of(declared(), None), verdicts=(verdict("fails", reasons=("low",)),))
    rows = [
        row for row in render(report("plan", model, code=6), "markdown").splitlines() if "|" in row
    ]
    assert rows[2] == "| + | alias | `champion` | → `(new)` |"
    assert rows[3].startswith("| ✗ | gate | `accuracy` |")
