"""The exact Markdown of plans and of outcomes."""

from __future__ import annotations

from registrar.report import render
from registrar.state import DesiredModel, DesiredVersion, Source
from tests.unit.report.samples import (
    URI,
    declared,
    differing,
    plan_of,
    report,
    stopped,
)


def test_markdown_of_a_plan() -> None:
    checked = report("check", plan_of(declared(), differing()), code=3)
    assert checked.plan is not None
    assert (
        render(checked, "markdown")
        == rf"""### registrar check: 7 changes

**mnist**

|  | what | field | change |
| --- | --- | --- | --- |
| ~ | registered model | description | "" -\> Digits |
| ~ | registered model | tags.team | nlp -\> vision |
| ~ | version 1 | description | One layer -\> Two layers |
| ~ | version 1 | metadata.lr | 0.01 -\> 0.003 |
| - | version 1 | metadata.old | (was "") |
| ~ | alias champion | champion | 2 -\> 1 |
| - | alias old | old | (was 1) |

Server `{URI}`, plan `{checked.plan.checksum}`"""
    )


def test_markdown_of_an_apply_that_stopped() -> None:
    halted = stopped()
    assert halted.plan is not None
    assert (
        render(halted, "markdown")
        == rf"""### registrar apply: exit 5

**mnist**

|  | state | what | field | change |
| --- | --- | --- | --- | --- |
| + | done | registered model |  | mnist |
| + | done | registered model | description | Digits |
| + | done | registered model | tags.team | vision |
| + | done | version (new) |  | sha256:3f1c00000000... |
| + | done | version (new) | uri | models/mnist |
| + | done | version (new) | description | Two layers |
| + | done | version (new) | metadata.lr | 0.003 |
| + | done | version (new) | metadata.a\_rather\_long\_key | x |
| + | left | alias champion | champion | -\> (new) |

Server `{URI}`, plan `{halted.plan.checksum}`

```
Stopped midway; run it again to finish.
the server went away. Start it again.
```"""
    )


def test_a_reviewer_sees_where_a_new_version_comes_from_and_that_nobody_looked_at_it() -> None:
    source = Source("s3://elsewhere/m", "ref-sha256:1", "s3://elsewhere/m", verified=False)
    version = DesiredVersion(source, description="Better", tags={"auc": "0.9"})
    desired = DesiredModel("mnist", versions=(version,), owner="vision/mnist")
    text = render(report("plan", plan_of(desired, None)), "markdown")
    for row in (
        "| + | registered model | owner | vision/mnist |",
        "| + | version (new) | uri | s3://elsewhere/m |",
        "| + | version (new) | verify | false: nobody looks at the files |",
        "| + | version (new) | description | Better |",
        "| + | version (new) | metadata.auc | 0.9 |",
    ):
        assert row in text.splitlines()
