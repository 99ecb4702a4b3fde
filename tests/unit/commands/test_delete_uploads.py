"""Uploads stay where nobody can find out whether another version uses them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from registrar.commands.delete_uploads import Uploads, find_uploads
from registrar.errors import ServerError
from registrar.state import ObservedVersion, Stored

UPLOAD = Stored("models:/m-1", "mlflow-artifacts:/0/models/m-1/artifacts", model_id="m-1")
VERSION = ObservedVersion(1, digest="sha256:abc", source=UPLOAD.source)


def backend(*, fails_at: int) -> tuple[Any, list[Stored]]:
    """Return a backend whose registry cannot be read from some time on, and what it discards."""
    discarded: list[Stored] = []
    reads = iter(range(9))

    def find_possible_users(*_: object) -> tuple[()]:
        if next(reads) >= fails_at:
            raise ServerError("the registry does not answer")
        return ()

    registry = SimpleNamespace(find_possible_users=find_possible_users)
    store = SimpleNamespace(find_upload=lambda *_: UPLOAD, discard_upload=discarded.append)
    return SimpleNamespace(registry=registry, store=store), discarded


def test_nothing_is_deleted_where_the_registry_cannot_be_read() -> None:
    broken, _ = backend(fails_at=0)
    with pytest.raises(ServerError):
        find_uploads(broken, [("mnist", VERSION)], 1)


def test_an_upload_stays_where_the_registry_cannot_be_read_any_more() -> None:
    broken, discarded = backend(fails_at=1)
    uploads = find_uploads(broken, [("mnist", VERSION)], 1)
    assert uploads == Uploads((UPLOAD,), frozenset({("mnist", 1)}))
    with pytest.raises(ServerError):
        uploads.discard_unused(broken)
    assert discarded == []
    sound, discarded = backend(fails_at=9)
    assert uploads.discard_unused(sound) == ([UPLOAD.source], [])
    assert discarded == [UPLOAD]
