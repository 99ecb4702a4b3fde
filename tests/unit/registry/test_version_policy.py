"""Which servers are taken, by the version that they tell."""

from __future__ import annotations

import pytest

from registrar.errors import ConfigError, RefusedError
from registrar.registry.version_policy import (
    ADVISED,
    FIRST_WITH_ALIASES,
    check_server_version,
    no_logged_models,
)
from registrar.state import Note, Server

URI = "http://me:secret@host"
WHERE = "http://host"


def check(version: str | None, minimum: str = "0", *, plans: bool = True) -> tuple[Note, ...]:
    return check_server_version(Server(URI, URI, version), minimum, plans=plans)


@pytest.mark.parametrize("version", [ADVISED, "3.99.0", "4.0.0"])
def test_a_new_server_needs_no_words(version: str) -> None:
    assert check(version, "3.0") == ()


def test_an_old_server_is_noted_with_the_version_that_is_advised() -> None:
    (note,) = check("2.22.0")
    assert note == Note("old-server", WHERE, {"version": "2.22.0", "advised": ADVISED})


@pytest.mark.parametrize("version", [None, "", "dev"])
def test_a_server_that_tells_no_version_is_noted(version: str | None) -> None:
    assert check(version, "3.0") == (Note("unknown-server-version", WHERE),)


def test_a_server_below_the_minimum_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        check("3.1.0", "3.10", plans=False)
    assert str(caught.value) == (
        f"{WHERE} runs MLflow 3.1.0, older than 3.10. "
        "Upgrade the server, or lower server.min_version if you accept its flaws."
    )


def test_a_server_without_aliases_is_read_but_not_planned_for() -> None:
    assert [note.kind for note in check("2.2.1", plans=False)] == ["old-server"]
    with pytest.raises(RefusedError, match=r"runs MLflow 2\.2\.1, which has no aliases"):
        check("2.2.1")
    assert [note.kind for note in check(FIRST_WITH_ALIASES)] == ["old-server"]


def test_a_minimum_that_is_no_version_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'new' is not a version number"):
        check("3.17.2", "new")


@pytest.mark.parametrize(
    ("version", "message"),
    [("2.9.2", f"{WHERE} runs MLflow 2.9.2, which has no"), (None, f"{WHERE} has no")],
)
def test_a_server_of_mlflow_2_has_no_logged_models(version: str | None, message: str) -> None:
    error = no_logged_models(Server(URI, URI, version))
    assert str(error) == (
        f"{message} logged models. "
        "Name the model as runs:/RUN_ID/PATH, or upgrade the server to MLflow 3."
    )
