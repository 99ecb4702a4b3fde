"""Calls that several tests of registries make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar import registry as registries
from registrar.state import Stored

if TYPE_CHECKING:
    from registrar.registry import Registry


def create_version(registry: Registry, name: str, digest: str, **tags: str) -> int:
    stored = Stored(f"s3://models/{digest}", f"s3://models/{digest}")
    return registry.create_version(
        name, stored, 'It\'s "odd" é\n', {"registrar_digest": digest} | tags
    )


def observed(url: str, *names: str) -> Any:
    with registries.connect({"tracking_uri": url}, writes=False) as backend:
        return backend.registry.observe(names)
