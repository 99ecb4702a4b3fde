"""The exact Markdown of plans and of outcomes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import SetTag
from registrar.errors import Problem, RefusedError
from registrar.report import Report, render
from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion, Source
from tests.unit.report.samples import (
    URI,
    declared,
    differing,
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
### registrar check: 4 to update, 1 to move, 2 to remove

Server `{URI}`, plan `{checked.plan.checksum}`

#### `mnist`

|  | what | field | change |
| --- | --- | --- | --- |
| ~ | alias | `champion` | `2` → `1` |
| - | alias | `old` | was `1` |
| - | version 1 | `metadata.old` | was `""` |
| ~ | registered model | `description` | `""` → `Digits` |
| ~ | registered model | `tags.team` | `nlp` → `vision` |
| ~ | version 1 | `description` | `One layer` → `Two layers` |
| ~ | version 1 | `metadata.lr` | `0.01` → `0.003` |"""
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
| + | done | registered model | `description` | `Digits` |
| + | done | registered model | `tags.team` | `vision` |
| + | done | version (new) |  | `sha256:3f1c00000000...` |
| + | done | version (new) | uri | `models/mnist` |
| + | done | version (new) | upload | 1 file, 512 bytes |
| + | done | version (new) | `description` | `Two layers` |
| + | done | version (new) | `metadata.lr` | `0.003` |
| + | done | version (new) | `metadata.a_rather_long_key` | `x` |

**Notes**

- `mnist: version 1 left an upload that no version needs and that could not be deleted: denied`"""
    )


def test_a_reviewer_sees_where_a_new_version_comes_from_and_that_nobody_looked_at_it() -> None:
    source = Source("s3://elsewhere/m", "ref-sha256:1", "s3://elsewhere/m", verified=False)
    version = DesiredVersion(source, description="Better", tags={"auc": "0.9"})
    desired = DesiredModel("mnist", versions=(version,), owner="vision/mnist")
    text = render(report("plan", plan_of(desired, None)), "markdown")
    for row in (
        "| + | registered model | `owner` | `vision/mnist` |",
        "| + | version (new) | uri | `s3://elsewhere/m` |",
        "| + | version (new) | verify | false: nobody looks at the files |",
        "| + | version (new) | `description` | `Better` |",
        "| + | version (new) | `metadata.auc` | `0.9` |",
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
    assert hidden == of_these == 600 - text.count("|  | `")
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
    assert (
        "### registrar plan: 500 problems (exit code 6), 4 to update, 1 to move, 2 to remove"
        in text
    )
    assert "| ~ | alias | `champion` | `2` → `1` |" in text
    assert text.index("<details>") < text.index("#### `mnist`")
    assert text.splitlines()[-1].startswith("**Left out here: ")
