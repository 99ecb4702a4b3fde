"""The tags that are too long for a server: refused, or left out where a copy has brought them along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.changes import AdoptModel, AdoptVersion, CreateModel, CreateVersion, SetTag
from registrar.changes.plan import ModelPlan, Plan
from registrar.changes.tag_limits import find_long_tags, with_short_metrics
from registrar.changes.tags import version_tags
from registrar.commands.long_tags import refuse_long_declared_tags, refuse_long_promoted_tags
from registrar.config.mapping import job_from_mapping
from registrar.errors import ConfigError, RefusedError
from registrar.recorded_metrics import format_carried, format_declared
from registrar.report.notes import note_text
from registrar.state import MANAGED_TAG, METRICS_TAG, DesiredModel, DesiredVersion, Server, Source
from registrar.text import canonical_json
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from registrar.changes.changes import Change

SOURCE = Source("models:/m/1", "A")
FITS, LONG, LONGER = "x" * 5_000, "x" * 5_001, "x" * 100_001
OLD, NEW, UNKNOWN = (Server("http://host", "http://host", v) for v in ("2.22.5", "3.0.0", None))
DECLARED = {"accuracy": {"value": 0.9, "dataset": "d" * 100}}
CARRIED = canonical_json(
    {  # what a configuration has declared there, and what was measured
        f"m{number}": [
            {"value": 1, "dataset": "d" * 100, **({"from": "carried"} if number % 2 else {})}
        ]
        for number in range(100)
    }
)


def make_plan(server: Server, *changes: Change) -> Plan:
    """A plan for one model."""
    return Plan(server, (ModelPlan("m", DesiredModel("m"), None, (), changes),))


def create(**tags: str) -> CreateVersion:
    """The creation of a version that a configuration declares."""
    return CreateVersion(0, SOURCE, "", {MANAGED_TAG: "[]", **tags})


@pytest.mark.parametrize(
    ("change", "old", "new", "unknown"),
    [
        (create(a=FITS), [], [], []),
        (create(a=LONG), ["a"], [], []),
        (create(a=LONGER), ["a"], ["a"], ["a"]),
        (AdoptVersion(0, 1, {MANAGED_TAG: LONG}), [MANAGED_TAG], [], []),
        (SetTag(1, 0, METRICS_TAG, None, LONG), [METRICS_TAG], [], []),
        (SetTag(None, None, "a", None, LONG), ["a"], ["a"], ["a"]),
        (CreateModel("m", "", {"a": LONG, "b": FITS}), ["a"], ["a"], ["a"]),
        (AdoptModel({MANAGED_TAG: LONG}), [MANAGED_TAG], [MANAGED_TAG], [MANAGED_TAG]),
        (  # a script: the keys that nobody manages will be listed
            CreateVersion(0, SOURCE, "", {f"key-{'k' * 90}-{number:03}": "1" for number in range(50)}),
            ["registrar_provenance"],
            [],
            [],
        ),
    ],
)  # fmt: skip
def test_a_tag_is_as_long_as_the_server_takes(
    change: Change, old: list[str], new: list[str], unknown: list[str]
) -> None:
    found = [
        [tag.key for tag in find_long_tags(make_plan(server, change).models[0], server)]
        for server in (OLD, NEW, UNKNOWN)
    ]

    assert found == [old, new, unknown]


@pytest.mark.parametrize("declared", [None, format_declared(DECLARED)])
def test_a_copy_leaves_out_the_metrics_of_the_other_server_that_do_not_fit(
    declared: str | None,
) -> None:
    version = DesiredVersion(SOURCE, metrics=declared, carried=CARRIED)
    tags = version_tags(version, manages=True)
    model = ModelPlan("m", DesiredModel("m", versions=(version,)), None, (None,), (create(**tags),))

    for server, is_kept in ((OLD, False), (UNKNOWN, False), (NEW, True)):
        (shorter,) = with_short_metrics(Plan(server, (model,))).models

        (change,) = shorter.changes
        assert isinstance(change, CreateVersion)
        assert change.tags.get(METRICS_TAG) == (tags[METRICS_TAG] if is_kept else declared)
        assert change.tags.keys() | {METRICS_TAG} == tags.keys()
        assert [note.values["count"] for note in shorter.notes] == ([] if is_kept else [100])


def test_a_copy_leaves_room_for_what_is_declared_later() -> None:
    measured = {f"metric-{number}" * 10: (Measurement(1.0),) for number in range(600)}
    carried = format_carried(measured)
    assert carried is not None
    assert 49_000 < len(carried) < 100_000
    version = DesiredVersion(SOURCE, carried=carried)
    change = create(**version_tags(version, manages=True))
    model = ModelPlan("m", DesiredModel("m", versions=(version,)), None, (None,), (change,))
    (shorter,) = with_short_metrics(Plan(NEW, (model,))).models
    assert METRICS_TAG not in shorter.changes[0].tags  # type: ignore[union-attr]
    (note,) = shorter.notes
    assert note_text(note) == (
        "models:/m/1 is copied without its metrics (600 values): they do not fit into a tag of this "
        "server, where they may have 49000 characters"
    )


def test_each_tag_is_refused_at_its_place() -> None:
    config: dict[str, Any] = {
        "name": "m",
        "versions": [{"uri": "models:/m/1"}, {"uri": "models:/m/2", "metadata": {"notes": LONG}}],
    }
    job = job_from_mapping({"model": config}, "plan")
    changes = (
        SetTag(None, None, MANAGED_TAG, None, LONG),
        SetTag(2, 1, "notes", None, LONG),
        SetTag(2, 1, METRICS_TAG, None, LONG),
        SetTag(2, 1, "registrar_lineage", None, LONG),
    )
    old = "the server runs MLflow 2.22.5, which takes 5000"
    upgrade = "or upgrade the server to MLflow 3"

    with pytest.raises(ConfigError) as caught:
        refuse_long_declared_tags([job], make_plan(OLD, *changes))

    assert {problem.code for problem in caught.value.problems} == {"too-long"}
    assert sorted(map(str, caught.value.problems)) == [
        (
            "model.name: its aliases and the keys of its tags make a list of 5001 characters; "
            "the registry takes 5000. Use fewer or shorter names."
        ),
        f"model.versions[1].metadata.notes: has 5001 characters; {old}. Shorten it, {upgrade}.",
        (
            f"model.versions[1].metrics: has 5001 characters in the tag registrar_metrics; {old}. "
            f"Declare fewer metrics, {upgrade}."
        ),
        (
            f"model.versions[1].uri: needs 5001 characters in the tag registrar_lineage; {old}. "
            f"Use fewer or shorter names, {upgrade}."
        ),
    ]


def test_a_promotion_names_the_tag_that_no_file_declares() -> None:
    with pytest.raises(
        RefusedError, match="m: the tag 'notes' has 5001 characters; the server runs"
    ):
        refuse_long_promoted_tags(make_plan(OLD, create(notes=LONG)))
    refuse_long_promoted_tags(make_plan(NEW, create(notes=LONG)))
