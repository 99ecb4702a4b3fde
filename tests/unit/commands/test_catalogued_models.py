"""The versions of a large registry are read in parts, and each model gets what is known of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.commands import catalogued_models
from registrar.commands.catalogued_models import catalogue_models
from registrar.errors import ServerError
from registrar.execution.interrupt import Interrupt
from registrar.registry.version_facts import VersionFacts
from registrar.state import ObservedModel, ObservedVersion
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (3, 0, 1, 5, 2)
MODELS = tuple(
    ObservedModel(
        f"model-{size}",
        versions=tuple(ObservedVersion(n, None, f"{size}.{n}", None) for n in range(1, size + 1)),
    )
    for size in SIZES
)


class Store:
    """Knows of each version its source; fails for a version from `broken`."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.read: list[list[str]] = []

    def read_version_facts(self, versions: Sequence[ObservedVersion]) -> list[VersionFacts]:
        self.read.append([version.source for version in versions])
        if any(version.source == self.broken for version in versions):
            raise ServerError("broken")
        metrics = [{"m": (Measurement(float(version.source)),)} for version in versions]
        return [VersionFacts(measured, files={"f": "1"}) for measured in metrics]


def backend(store: Store, *, is_remote: bool) -> Any:
    return SimpleNamespace(store=store, is_remote=is_remote)


@pytest.mark.parametrize("is_remote", [True, False])
@pytest.mark.parametrize("room", [1, 4, 100])
def test_models_in_parts(room: int, is_remote: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # The real part has 2000 versions; a small one shows each way to split.
    monkeypatch.setattr(catalogued_models, "VERSIONS", room)
    store = Store()
    found = [*catalogue_models(MODELS, (), {}, backend(store, is_remote=is_remote), Interrupt())]
    assert [known.model for known in found] == [*MODELS]
    for known in found:
        numbers = {version.number for version in known.model.versions}
        assert {*known.metrics} == {*known.files} == numbers
        for version in known.model.versions:
            assert known.metrics[version.number]["m"][0].value == float(version.source)
    assert all(len(part) <= max(room, *SIZES) for part in store.read)
    assert sum(map(len, store.read)) == sum(SIZES)


def test_a_failure_of_a_part_is_raised_after_the_models_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogued_models, "VERSIONS", 4)
    found = catalogue_models(MODELS, (), {}, backend(Store("5.2"), is_remote=True), Interrupt())
    assert [next(found).model.name for _ in range(3)] == ["model-3", "model-0", "model-1"]
    with pytest.raises(ServerError, match="broken"):
        next(found)
