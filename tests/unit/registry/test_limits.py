"""A quota and a redirect are told, and not taken for a server that lacks a filter or an alias."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.commands.undeclared_models import undeclared_notes
from registrar.errors import InvalidParameterError, InvalidRequestError
from registrar.registry.artifacts import ArtifactStore
from registrar.registry.client import RegistryClient
from registrar.registry.failures import HttpError
from registrar.registry.mlflow_api import Experiment
from registrar.registry.protocol import Run
from registrar.registry.retry import Retry
from registrar.registry.tracking_reads import TrackingReader
from registrar.registry.uploads import Uploads
from registrar.state import RunData, Server

if TYPE_CHECKING:
    from collections.abc import Callable

RETRY = Retry("http://host", 1.0)
QUOTA = HttpError(429, "QUOTA_EXCEEDED", "100 searches a day")
SAME_QUOTA = HttpError(400, "RESOURCE_LIMIT_EXCEEDED", "100 searches a day")
RUN = Run("r1", "s3://b/r1", "0", is_active=True, is_finished=True, started=0, data=RunData({}, {}))


class FailingApi:
    """A server that refuses everything but to name an experiment."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def get_experiment(self, name: str) -> Experiment:
        del name
        return Experiment("0", is_active=True, location="s3://b")

    def search_experiments(self, token: str | None) -> Any:
        del token
        return SimpleNamespace(items=(), token=None, size=0)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def fail(*_: Any, **__: Any) -> Any:
            raise self.failure

        return fail


def connection(api: Any) -> Any:
    server = Server("http://host", "http://host")
    return SimpleNamespace(
        registry_api=api,
        tracking_api=api,
        retry=RETRY,
        tracking_retry=RETRY,
        server=server,
        parallel=1,
        tracking_uri="http://host",
    )


def store(api: Any) -> ArtifactStore:
    return ArtifactStore(connection(api), "uploads")


DIGEST = "sha256:" + "0" * 64
JOB: Any = SimpleNamespace(config={"models": "all", "owner": "we/here", "model": {}})
LOOKS: dict[str, Callable[[Any], Any]] = {
    "the start of a digest": lambda api: RegistryClient(connection(api)).get_version(
        "m", f"@{DIGEST}"
    ),
    "an alias": lambda api: RegistryClient(connection(api)).get_version("m", "@live"),
    "many models": lambda api: RegistryClient(connection(api)).observe("abcdef"),
    "owners": lambda api: undeclared_notes([JOB], RegistryClient(connection(api))),
    "uploads": lambda api: Uploads(api, RETRY, "uploads").find("m", DIGEST),
    "a record": lambda api: Uploads(api, RETRY, "uploads").get_record("models:/m-1", None),
    "logged models": lambda api: TrackingReader(api, RETRY).find_models(["m-1"]),
    "models of runs": lambda api: TrackingReader(api, RETRY).find_models_of_runs(["r1"]),
    "a history": lambda api: TrackingReader(api, RETRY).get_history(["r1"], "loss", 1),
    "models of a run": lambda api: store(api).find_logged_models(RUN, None),
    "a model by its id": lambda api: store(api).get_logged_model("m-1"),
}


@pytest.mark.parametrize("failure", [QUOTA, SAME_QUOTA, HttpError(302)], ids=str)
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_what_is_no_answer_is_raised(look: Callable[[Any], Any], failure: Exception) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        look(FailingApi(failure))
    assert type(caught.value) is InvalidRequestError
    assert "100 searches a day" in str(caught.value) or failure.args == HttpError(302).args


def test_a_server_that_lacks_something_is_known_by_its_code_or_status() -> None:
    for failure in (
        HttpError(400, "INVALID_PARAMETER_VALUE", "no"),
        HttpError(414),
        HttpError(405),
    ):
        with pytest.raises(InvalidParameterError):
            RETRY.call(FailingApi(failure).get_model)
