"""Models whose names MLflow's filters cannot hold are found all the same, alone and in a batch."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from registrar.registry import connect
from registrar.state import Stored

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ENDINGS = (
    *("\\", "a\\b", "\\\\", "\\n", "\\x41", "\\u0041", "\\'", "it's", '"q"', "'\"both\"'", "''"),
    *("`b`", "%_", "é", "a,b)", "(", "--", "*x*", ";", "$$", "{x}", "@", "#", "?", "\u3000x"),
)


def test_every_name_is_found_alone_and_in_a_batch(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prefix = f"name-{uuid.uuid4().hex[:6]}-"
    names = [prefix + ending for ending in ENDINGS]
    stored = Stored("s3://bucket/model", "s3://bucket/model")
    with connect({"tracking_uri": backend, "timeout": 60}, writes=True) as connected:
        registry = connected.registry
        for name in names:
            registry.create_model(name, name, {})
            registry.create_version(name, stored, "", {"registrar_digest": "sha256:1"})
        batch = registry.observe([*names, f"{prefix}absent\\"])
        assert list(batch) == names
        for name in names:
            assert batch[name].description == name
            assert [version.number for version in batch[name].versions] == [1]
            assert registry.observe([name]) == {name: batch[name]}
            assert len(registry.find_by_digest(name, "sha256:1")) == 1
