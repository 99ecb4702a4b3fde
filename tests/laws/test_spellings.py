"""One model is one version, whichever of its URIs a file or a script uses, in any order."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import registrar
from tests.support.user_scripts import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow import MlflowClient

OWN = ("models:/{name}/1", "models:/{name}@champion", "models:/{name}@held")
names = (f"spelled-{number}" for number in itertools.count())


@pytest.fixture
def client(database: str, mlflow_client: Callable[[str], Any]) -> MlflowClient:
    return mlflow_client(database)


@pytest.fixture
def logged(client: MlflowClient, script: Callable[..., Any]) -> dict[str, str]:
    return log(script)


@pytest.fixture
def spellings(logged: dict[str, str], client: MlflowClient) -> list[list[str]]:
    """The URIs of a model among a run's artifacts, and those of a logged model."""
    artifacts = Path(logged["artifact URI"].removeprefix("file://"))
    location = client.get_logged_model(logged["logged"]).artifact_location
    files = Path(str(location).removeprefix("file://"))
    return [
        [logged["run's artifacts"] + "/", str(artifacts), artifacts.as_uri()],
        [logged["run's logged model"], logged["logged model"], f"{files}/", files.as_uri()],
    ]


@pytest.mark.parametrize(
    "backend", ["sqlite"], indirect=True
)  # the files of a server are elsewhere
@settings(
    max_examples=max(4, settings().max_examples // 10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_sequence_of_spellings_of_one_model_leaves_one_version(
    data: st.DataObject, spellings: list[list[str]], client: MlflowClient, database: str
) -> None:
    name, uris = next(names), data.draw(st.sampled_from(spellings))
    steps = st.tuples(st.sampled_from([*uris, *OWN]), st.booleans())
    first = (data.draw(st.sampled_from(uris)), data.draw(st.booleans()))
    for number, (uri, is_script) in enumerate([first, *data.draw(st.lists(steps, max_size=4))]):
        model: dict[str, Any] = {
            "name": name,
            "uri": uri.format(name=name),
            "metadata": {"step": number},
            "aliases": ["champion", "held"],
        }
        if is_script:
            registrar.register(**model, server=database)
        else:
            registrar.apply({"model": model, "server": {"tracking_uri": database}})
        (version,) = client.search_model_versions(f"name = '{name}'")
        assert version.tags["step"] == str(number)
        aliases = client.get_registered_model(name).aliases
        assert aliases == {"champion": 1, "held": 1}
