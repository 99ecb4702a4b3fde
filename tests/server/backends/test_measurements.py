"""What MLflow keeps of a metric, read back with its dataset through every client."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from registrar.changes.measurements import MetricPlaces
from registrar.registry import connect, measurements
from registrar.state import Stored
from registrar.version_evidence import Measurement
from tests.support.proxy import Reply, record_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from registrar.registry import Registry, Store
    from tests.support.proxy import Request

LOGGED = [  # metric, value, step, time, dataset
    ("accuracy", 0.90, 1, 5, "test"),
    ("accuracy", 0.50, 0, 9, "test"),
    ("accuracy", 0.99, 1, 6, "small"),
    ("errors", 0.0, 0, 1, None),
    ("loss", math.nan, 2, 1, None),
    ("time", math.inf, 0, 1, None),
]


CLIENTS = [
    *("MLflow's client on SQLite", "registrar over HTTP"),
    pytest.param("MLflow's client over HTTP", marks=pytest.mark.exhaustive),
    pytest.param("registrar over HTTP with users", marks=pytest.mark.exhaustive),
]


@pytest.mark.parametrize("connection", CLIENTS, indirect=True)
def test_metrics_come_with_their_datasets(connection: tuple[str, Registry, Store]) -> None:
    """And what MLflow reads back as another number is told from that number."""
    name, registry, store = connection
    from mlflow import MlflowClient

    client = MlflowClient(registry.server.tracking_uri)
    run_id = client.create_run("0").info.run_id
    models = [client.create_logged_model("0", source_run_id=run_id).model_id for _ in range(2)]
    for key, value, step, time, dataset in LOGGED:
        digest = None if dataset is None else f"d-{dataset}"
        client.log_metric(
            *(run_id, key, value, time, step),
            model_id=models[0],
            dataset_name=dataset,
            dataset_digest=digest,
        )
    # The run has the last value of each metric, of whichever model and dataset.
    client.log_metric(run_id, "accuracy", 0.1, 7, 2, model_id=models[1])
    client.log_metric(run_id, "rows", -math.inf)
    client.log_metric(run_id, "rest", math.nan)
    of_run = {
        "rest": (Measurement(None, unknown="not-a-number"),),
        "rows": (Measurement(-math.inf),),
    }
    of_model = {
        "accuracy": (
            Measurement(0.99, "small", "d-small", 1, "logged_model"),
            Measurement(0.90, "test", "d-test", 1, "logged_model"),
        ),
        "errors": (Measurement(0.0, None, None, 0, "logged_model"),),
        "loss": (Measurement(None, None, None, 2, "logged_model", "not-a-number"),),
        "time": (Measurement(math.inf, None, None, 0, "logged_model"),),
    }
    places = [
        MetricPlaces(models[0], run_id),
        MetricPlaces(run_id=run_id),
        MetricPlaces(models[0], recorded='{"told": [{"value": 7}]}'),
        MetricPlaces("m-" + "0" * 32, run_id),
        MetricPlaces(run_id="0" * 32),
        MetricPlaces(),
    ]
    # A version of a version has the numbers of the first one, besides its own.
    registry.create_model(name, "", {})
    first = Stored(f"models:/{models[0]}", "", run_id, models[0])
    number = registry.create_version(name, first, "", {})
    second = registry.create_version(name, Stored(f"models:/{name}/{number}", ""), "", {})
    copy = MetricPlaces.of_version(registry.get_version(name, str(second)))
    places += [copy, replace(copy, digest="other", recorded='{"told": [{"value": 7}]}')]
    told = {"told": (Measurement(7.0, origin="declared"),)}
    assert store.read_measurements(places) == [
        *(of_model | of_run, of_run, of_model | of_run | told),
        *({}, {}, {}),  # nobody knows what the run of a lost model has measured
        *(of_model | of_run, of_model | of_run | told),
    ]
    accuracy = {"accuracy": of_model["accuracy"]}
    few = [accuracy, {}, accuracy, {}, {}, {}, accuracy, accuracy]
    assert store.read_measurements(places, {"accuracy"}) == few
    # The same metric at the same time of another model: nobody can tell 0.0 from NaN.
    client.log_metric(run_id, "errors", math.nan, 1, 0, model_id=models[1])
    (read,) = store.read_measurements(places[:1], ["errors"])
    assert read == {"errors": (Measurement(None, None, None, 0, "logged_model", "zero-or-nan"),)}


def test_many_versions_are_read_in_few_requests(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no run is looked at where the logged models have all the metrics that matter."""
    from mlflow import MlflowClient

    client = MlflowClient(server)
    run_id = client.create_run("0").info.run_id
    ids = [client.create_logged_model("0").model_id for _ in range(7)]
    for model_id in ids:
        client.log_metric(run_id, "accuracy", 0.5, model_id=model_id)
    places = [MetricPlaces(model_id, run_id) for model_id in ids]
    with (
        record_requests(server) as (url, requests),
        connect({"tracking_uri": url}, writes=False) as backend,
    ):
        requests.clear()
        read = backend.store.read_measurements(places, {"accuracy"})
        assert [measured["accuracy"][0].value for measured in read] == [0.5] * 7
        assert len(requests) == 2  # the experiments, and all logged models
        requests.clear()
        backend.store.read_measurements(places, {"accuracy", "loss"})
        assert len(requests) == 3  # the logged models, the run, and its logged models
        requests.clear()
        client.log_metric(run_id, "errors", 0.0, model_id=ids[0])
        # The real limit, of requests for what may be NaN, needs 501 metrics that are 0.0.
        for most, value in ((1, 0.0), (0, None)):
            monkeypatch.setattr(measurements, "MAX_HISTORIES", most)
            (read_one,) = backend.store.read_measurements(places[:1], {"errors"})
            assert read_one["errors"][0].value == value
        requests.clear()
        assert backend.store.read_measurements(places, set()) == [{}] * 7
        assert backend.store.read_measurements([MetricPlaces()], None) == [{}]
        assert requests == []


def test_an_older_server_tells_as_much_as_it_has(server: str) -> None:
    """Before MLflow 3 there are only runs. Other servers may take no list of ids in a filter."""
    from mlflow import MlflowClient

    client = MlflowClient(server)
    run_id = client.create_run("0").info.run_id
    model_id = client.create_logged_model("0", source_run_id=run_id).model_id
    client.log_metric(run_id, "accuracy", 0.5, model_id=model_id)
    client.log_metric(run_id, "loss", 0.25)

    def refuse_lists(request: Request) -> Reply | None:
        if "logged-models/search" in request.target and b" IN (" in request.body:
            body = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid operator 'IN'"}
            return Reply(400, json.dumps(body), "application/json")
        return None

    def know_none(request: Request) -> Reply | None:
        return Reply(404, "<html>", "text/html") if "logged-models" in request.target else None

    def read(change: Callable[[Request], Reply | None], *places: MetricPlaces) -> list[set[str]]:
        with (
            record_requests(server, change) as (url, _),
            connect({"tracking_uri": url}, writes=False) as backend,
        ):
            return [{*measured} for measured in backend.store.read_measurements(places)]

    lost = MetricPlaces("m-" + "0" * 32, run_id)
    places = (MetricPlaces(model_id, run_id), MetricPlaces(run_id=run_id), lost)
    assert read(refuse_lists, *places) == [{"accuracy", "loss"}, {"loss"}, set()]
    assert read(know_none, *places[1:]) == [{"accuracy", "loss"}, set()]
