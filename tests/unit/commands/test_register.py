"""The link to the run that made a model is optional."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.commands.register import _find_run
from registrar.errors import AccessDeniedError, NotFoundError, RegistrarError, UnreachableError
from registrar.report.notes import note_text


class Store:
    """A tracking server that does not give a run."""

    def __init__(self, error: RegistrarError) -> None:
        self.error = error

    def get_run(self, run_id: str) -> Any:
        del run_id
        raise self.error


def test_a_run_that_may_not_be_read_is_a_note() -> None:
    store: Any = Store(AccessDeniedError("http://host refuses: no"))
    run, (note,) = _find_run(store, "r1")
    assert run is None
    words = "the run r1 cannot be read (http://host refuses: no); the version has no link to it"
    assert note_text(note) == words


def test_a_run_of_another_server_is_no_note_and_a_server_that_is_away_ends_the_command() -> None:
    away: Any = Store(UnreachableError("cannot reach http://host"))
    absent: Any = Store(NotFoundError("no such run"))
    assert _find_run(absent, "r1") == (None, ())
    assert _find_run(away, None) == (None, ())
    with pytest.raises(UnreachableError):
        _find_run(away, "r1")
