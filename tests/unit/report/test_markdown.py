"""The exact Markdown of plans and of outcomes."""

from __future__ import annotations

from registrar.report import render
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
| + | done | version (new) |  | sha256:3f1c00000000... |
| + | left | alias champion | champion | -\> (new) |

Server `{URI}`, plan `{halted.plan.checksum}`

```
Stopped midway; run it again to finish.
the server went away. Start it again.
```"""
    )
