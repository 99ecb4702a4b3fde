"""A file and scripts share a model: each change of one leaves alone what the other has asked for."""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registrar.changes.changes import DeleteAlias, DeleteTag, SetTag
from registrar.changes.diff import diff
from registrar.config.spec import desire
from registrar.content.digest import hash_directory
from registrar.state import MANAGED_TAG, DesiredModel, Source
from tests.laws.expected_ownership import (
    CONTENTS,
    Expectation,
    entries_of,
    expected,
    steps,
    visible,
)
from tests.laws.generated_states import desired_models, law, observed_models, planned, replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registrar.state import ObservedModel

NUMBERS = itertools.count(1)
TURNS = """
import json, registrar
name = argv[0]
for writer, config in json.loads(argv[1]):
    config = {"name": name, **config}
    if writer == "script":
        registrar.register(config.pop("name"), config.pop("uri"), **config)
    else:
        registrar.apply(config)
        assert registrar.plan(config).in_sync
        assert not registrar.apply(config).changes
answer = None
"""


@law
@given(st.lists(steps(), min_size=1, max_size=10), st.data())
def test_any_interleaving_ends_with_what_each_last_asked_for(
    turns: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    observed: ObservedModel | None = None
    expectation = Expectation()
    for writer, config in turns:
        expectation.apply(writer, config)
        desired = read_desired(config, manages=writer == "file")
        plan = diff("mnist", desired, observed)
        made = data.draw(st.integers(0, len(plan.changes)), label="changes before a kill")
        killed = replay(plan, observed, made)
        observed = replay(diff("mnist", desired, killed), killed)
        assert observed is not None
        assert visible(observed) == expected(expectation)
        assert diff("mnist", desired, observed).changes == ()


@law
@given(observed_models(), desired_models(manages=False))
def test_a_script_removes_nothing_and_manages_nothing(
    observed: ObservedModel | None, desired: DesiredModel
) -> None:
    plan = planned(desired, observed)
    assert not any(isinstance(change, DeleteTag | DeleteAlias) for change in plan.changes)
    assert MANAGED_TAG not in {c.key for c in plan.changes if isinstance(c, SetTag)}
    after = replay(plan, observed)
    assert after is not None
    assert diff("mnist", desired, after).changes == ()
    for count in range(len(plan.changes)):
        killed = replay(plan, observed, count)
        assert replay(diff("mnist", desired, killed), killed) == after
    if observed is None:
        assert after.managed is None
        return
    assert after.managed == observed.managed
    assert {*(after.protected or ())} >= {*(observed.protected or ())}
    assert after.aliases.keys() >= observed.aliases.keys()
    assert after.tags.keys() >= observed.tags.keys()
    before = {version.number: version for version in observed.versions}
    for version in after.versions:
        if version.number not in before:
            assert version.managed is None
            continue
        assert version.managed == before[version.number].managed
        assert version.tags.keys() >= before[version.number].tags.keys()


def read_desired(config: dict[str, Any], *, manages: bool) -> DesiredModel:
    """What the step asks for; a content is its own digest."""
    contents = [entry["uri"] for entry in entries_of(config)]
    sources = [Source(content, content, directory=f"/{content}") for content in contents]
    desired = desire("mnist", {"name": "mnist", **config}, sources)
    return replace(desired, manages=manages)


@pytest.mark.exhaustive
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_on_a_real_registry_it_ends_with_what_each_last_asked_for(
    script: Callable[..., Any],
    backend: str,
    mlflow_client: Callable[[str], Any],
    small_model_repository: Path,
    *,
    exhaustive: bool,
) -> None:
    digests = {}
    for letter in CONTENTS:
        folder = small_model_repository / letter
        shutil.copytree(small_model_repository / "models" / "mnist", folder)
        (folder / "data" / "weights.bin").write_text(letter)
        digests[letter] = hash_directory(folder).digest
    client = mlflow_client(backend)

    @settings(
        max_examples=12 if exhaustive else 3,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(st.lists(steps(protects=False), min_size=4, max_size=8))
    def law_holds(turns: list[tuple[str, dict[str, Any]]]) -> None:
        name = f"shared-{next(NUMBERS)}"
        expectation = Expectation()
        for turn in turns:
            expectation.apply(*turn)
        script(TURNS, name, json.dumps(turns))
        assert held(client, name, {digest: c for c, digest in digests.items()}) == expected(
            expectation
        )

    law_holds()


def held(client: Any, name: str, contents: dict[str, str]) -> dict[str, Any]:
    """What people see of a model on a server."""
    model = client.get_registered_model(name)
    versions = {int(v.version): v for v in client.search_model_versions(f"name='{name}'")}
    content_of = {n: contents[v.tags["registrar_digest"]] for n, v in versions.items()}
    return {
        "tags": users(model.tags),
        "description": model.description or "",
        "aliases": {alias: content_of[int(number)] for alias, number in model.aliases.items()},
        "protected": set(),
        "versions": {
            content_of[n]: (users(v.tags), v.description or "") for n, v in versions.items()
        },
    }


def users(tags: dict[str, str]) -> dict[str, str]:
    """The tags that are not registrar's own."""
    return {key: text for key, text in tags.items() if not key.startswith("registrar_")}
