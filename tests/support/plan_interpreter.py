"""What a plan's changes do to a model, without a server: the meaning of each change in one place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    PINNED_TAG,
    PROVENANCE_TAG,
    ObservedModel,
    ObservedVersion,
)

if TYPE_CHECKING:
    from registrar.state import Change, ModelPlan

PARENT = "registered_model."
Place = TypeVar("Place", ObservedModel, ObservedVersion)


def replay(
    plan: ModelPlan, observed: ObservedModel | None, count: int | None = None, *, highest: int = 0
) -> ObservedModel | None:
    """The model after the first `count` changes of a plan, or all.

    `highest` is the highest version number ever given, where deleted versions had higher ones
    than live ones have: MLflow gives no number twice.
    """
    numbers = {entry: number for entry, number in enumerate(plan.matches) if number is not None}
    model = observed
    for change in plan.changes[:count]:
        model = _made(model, change, plan, numbers, highest)
    return model


def _made(
    model: ObservedModel | None,
    change: Change,
    plan: ModelPlan,
    numbers: dict[int, int],
    highest: int,
) -> ObservedModel | None:
    if change.kind == "model" and change.action == "adopt":
        assert model is not None
        assert model.managed is None
        return _tagged(model, change.after)
    if change.kind == "model":
        assert model is None
        made = ObservedModel(change.after["name"], change.after["description"], tags={})
        return _tagged(made, change.after["tags"])
    assert model is not None
    number = numbers.get(change.entry, change.version) if change.entry is not None else None
    number = number or change.version
    match change.kind, change.action:
        case "version", "create":
            assert change.entry is not None
            made_number = max(highest, *(version.number for version in model.versions), 0) + 1
            numbers[change.entry] = made_number
            return replace(model, versions=(*model.versions, _new(change, plan, made_number)))
        case "version", "remove":
            left = tuple(version for version in model.versions if version.number != number)
            assert len(left) == len(model.versions) - 1
            return replace(model, versions=left)
        case "alias", _:
            assert model.aliases.get(change.field or "") == change.before
            target = None if change.action == "remove" else number
            return _pointed(model, change.field or "", target)
        case _:
            pass
    if (change.field or "").startswith(PARENT):
        return _written(model, change, PARENT + "tags.")
    assert number in {version.number for version in model.versions}
    return replace(
        model,
        versions=tuple(
            _written(version, change, "metadata.") if version.number == number else version
            for version in model.versions
        ),
    )


def _new(change: Change, plan: ModelPlan, number: int) -> ObservedVersion:
    declared = plan.desired.versions[change.entry or 0]
    made = ObservedVersion(
        number=number,
        source=declared.source.stored or f"models:/m-{number}",
        run_id=change.after["run_id"],
        description=change.after["description"],
        tags={},
        aliases=(),
    )
    return _tagged(made, change.after["tags"])


def _pointed(model: ObservedModel, alias: str, number: int | None) -> ObservedModel:
    """An alias points to one version at most."""
    return replace(
        model,
        versions=tuple(
            replace(
                version,
                aliases=tuple(
                    sorted(
                        {*version.aliases} - {alias}
                        | ({alias} if version.number == number else set())
                    )
                ),
            )
            for version in model.versions
        ),
    )


def _written(place: Place, change: Change, prefix: str) -> Place:
    if change.kind == "description":
        assert place.description == change.before
        return replace(place, description=change.after)
    if change.action == "adopt":
        return _tagged(place, change.after)
    key = (change.field or "").removeprefix(prefix)
    if key != MANAGED_TAG:
        assert place.tags.get(key) == change.before
    if change.action == "remove":
        return replace(place, tags={k: v for k, v in place.tags.items() if k != key})
    return _tagged(place, {key: change.after})


def _tagged(place: Place, tags: dict[str, str]) -> Place:
    for key, value in tags.items():
        if key == MANAGED_TAG:
            place = replace(place, managed=tuple(json.loads(value)))
        elif key == PROVENANCE_TAG:
            assert isinstance(place, ObservedVersion)
            place = replace(place, provenance={name: tags[name] for name in json.loads(value)})
        elif key == DIGEST_TAG:
            assert isinstance(place, ObservedVersion)
            place = replace(place, digest=value)
        elif key == CONFIG_TAG:
            assert isinstance(place, ObservedVersion)
            place = replace(place, config=value)
        elif key in {LINEAGE_TAG, PINNED_TAG}:
            assert isinstance(place, ObservedVersion)
            if key == LINEAGE_TAG:
                place = replace(place, lineage=value)
            else:
                place = replace(place, pinned=int(value))
        else:
            place = replace(place, tags={**place.tags, key: value})
    return place
