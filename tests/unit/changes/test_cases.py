"""Desired, observed, plan: cases/*.yaml hold them as data, and the notation is this file.

`desired` is a model's configuration; each version has the digest that its bytes would give, and
`stored` or `run_id` where its URI is a reference; without a URI it names a version that exists.
`observed` is what the server holds: a version may say `managed` as the list of keys or as the text
of the tag. With `script: true`, a script asks for it in place of a configuration. A change is written as
`{ACTION: KIND, ...}` with the JSON fields that are not null. In place of a plan, `refused` or
`invalid` is the message. The events of the moves of aliases are left out: one stands right before
each move.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest

from registrar.changes.changes import DeleteAlias, RecordEvent, SetAlias
from registrar.changes.diff import diff
from registrar.changes.existing_versions import existing_source
from registrar.config.spec import desire, list_entries
from registrar.content.yaml_loader import load_yaml
from registrar.errors import ConfigError, RefusedError, ServerError
from registrar.registry.own_tags import parse_keys
from registrar.report import note_text
from registrar.report.change_document import change_to_dict
from registrar.state import DesiredModel, Existing, ObservedModel, ObservedVersion, Source
from tests.support.plan_interpreter import replay
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from registrar.changes.changes import Change

CASES = {
    f"{path.stem}: {name}": case
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    if path.stem != "signatures"  # tests/unit/policy has them
    for name, case in load_yaml(path.read_text(encoding="utf-8")).items()
}
PLANS = {name: case for name, case in CASES.items() if "plan" in case}
FAILURES = {name: case for name, case in CASES.items() if "plan" not in case}


@pytest.mark.parametrize("case", PLANS.values(), ids=PLANS.keys())
def test_the_plan_is_this_and_leaves_nothing_to_do(case: dict[str, Any]) -> None:
    desired, observed = read_desired(case["desired"]), read_observed(case["observed"])
    desired = replace(desired, manages=not case.get("script", False))
    plan = diff("mnist", desired, observed)
    shown = [change for change in plan.changes if not isinstance(change, RecordEvent)]
    assert [written(change) for change in shown] == case["plan"]
    for before, change in zip((None, *plan.changes), plan.changes, strict=False):
        assert recorded(change) == (before if isinstance(before, RecordEvent) else None)
    assert plan.in_sync == case.get("in_sync", not case["plan"])
    assert [note_text(note) for note in plan.notes] == case.get("notes", [])
    after = replay(plan.changes, observed)
    assert diff("mnist", desired, after).changes == ()
    if "after" in case:
        assert after == read_observed(case["after"])


@pytest.mark.parametrize("case", FAILURES.values(), ids=FAILURES.keys())
def test_there_is_no_plan_but_this_message(case: dict[str, Any]) -> None:
    kinds = {"invalid": ConfigError, "refused": RefusedError, "not_ready": ServerError}
    ((kind, messages),) = ((kinds[key], case[key]) for key in kinds.keys() & case.keys())
    with pytest.raises(kind) as caught:
        diff("mnist", read_desired(case["desired"]), read_observed(case["observed"]))
    assert [problem.message for problem in caught.value.problems] == messages


def test_every_case_file_is_read() -> None:
    assert {name.partition(":")[0] for name in CASES} == {
        "adoption",
        "aliases",
        "descriptions",
        "doubles",
        "existing",
        "first",
        "matching",
        "metrics",
        "ownership",
        "protection",
        "readiness",
        "refusals",
        "scripts",
        "tags",
        "versions",
    }


def read_desired(config: dict[str, Any]) -> DesiredModel:
    """What the configuration asks for, its sources looked up."""
    model = {"name": "mnist", **config}
    sources = []
    for _, entry in list_entries(model):
        if "uri" not in entry:
            sources.append(existing_source("mnist", entry.get("version"), entry.get("digest")))
            continue
        uri = entry["uri"]
        alias = uri.removeprefix("models:/mnist@")
        if alias != uri:
            sources.append(Source(uri, "", existing=Existing(alias=alias)))
            continue
        local = None if "stored" in entry else f"/repository/{uri}"
        stored, run_id = entry.get("stored"), entry.get("run_id")
        sources.append(Source(uri, entry["digest"], stored, run_id, directory=local))
    return desire("mnist", model, sources)


def read_observed(held: dict[str, Any] | None) -> ObservedModel | None:
    """What the server holds."""
    if held is None:
        return None
    versions = tuple(
        ObservedVersion(
            number=number,
            digest=version.get("digest"),
            source=version.get("source", f"models:/m-{number}"),
            run_id=version.get("run_id"),
            description=version.get("description", ""),
            tags=version.get("tags", {}),
            metrics=version.get("metrics"),
            aliases=tuple(version.get("aliases", ())),
            managed=read_managed(version.get("managed")),
            pinned=version.get("pinned"),
            config=version.get("config", "mnist" if version.get("digest") else None),
            provenance=version.get("provenance", {}),
            moved=read_managed(version.get("moved")),
            status=version.get("status", "READY"),
        )
        for number, version in held.get("versions", {}).items()
    )
    return ObservedModel(
        name=held.get("name", "mnist"),
        description=held.get("description", ""),
        tags=held.get("tags", {}),
        versions=versions,
        managed=read_managed(held.get("managed")),
        protected=tuple(held["protected"]) if "protected" in held else None,
    )


def read_managed(value: str | list[str] | None) -> tuple[str, ...] | None:
    """The keys of a list, or of the text of a tag as the registry reads it."""
    return tuple(sorted(value)) if isinstance(value, list) else parse_keys(value)


def recorded(change: Change) -> RecordEvent | None:
    """The event of a move, with any digest; None for another change."""
    match change:
        case SetAlias():
            return RecordEvent(change.entry, change.alias, change.before, change.version, ANY)
        case DeleteAlias():
            return RecordEvent(None, change.alias, change.before, None, ANY)
        case _:
            return None


def written(change: Change) -> dict[str, Any]:
    """A change in the notation of the cases."""
    fields = {key: value for key, value in change_to_dict(change).items() if value is not None}
    del fields["action"], fields["kind"]
    return {change.action: change.kind, **fields}
