"""What another checkout of the repository, named by `policy.dir`, has a say in: its limits hold, too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.policy.limits import Limits, laxer_fields
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job

__all__ = ["with_stricter_limits"]


def with_stricter_limits(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs with the stricter of both checkouts' limits, and a note on each laxer one."""
    base = jobs[0].base
    assert base is not None, "policy.dir names a checkout"
    here, there = jobs[0].config.get("limits", {}), base.config.get("limits", {})
    checkout = jobs[0].config["policy"]["dir"]
    stricter, notes = dict(here), list(jobs[0].notes)
    for field in laxer_fields(Limits.parse(here), Limits.parse(there)):
        stricter[field] = there[field]
        values = {"here": here[field], "there": there[field], "checkout": checkout}
        notes.append(Note("laxer-limit", f"limits.{field}", values))
    first, *others = (replace(job, config={**job.config, "limits": stricter}) for job in jobs)
    return [replace(first, notes=tuple(notes)), *others]
