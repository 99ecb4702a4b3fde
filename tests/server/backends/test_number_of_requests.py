"""Many models and large models are read in few requests."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from registrar import registry as registries
from registrar.registry.filters import MAX_NAMES
from registrar.registry.reads import LARGE_MODEL_VERSIONS, MAX_SINGLE_READS_OLD
from registrar.state import DesiredModel, DesiredVersion, Source
from tests.server.backends.registry_calls import create_version, observed
from tests.support.proxy import Reply, record_requests


def test_a_page_for_a_hundred_models(server: str) -> None:
    names = [f"absent-{number}" for number in range(5 * MAX_NAMES)]
    with record_requests(server) as (url, requests):
        assert observed(url, *names) == {}
        assert len(requests) == 1 + 2 * 5  # the version; models, and prompts of those names


def test_a_version_listing_is_not_read_to_find_one_digest(server: str) -> None:
    name = f"model-{uuid.uuid4().hex[:8]}"
    with registries.connect({"tracking_uri": server}, writes=True) as backend:
        registry = backend.registry
        registry.create_model(name, "", {})
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda n: create_version(registry, name, f"d{n}"),
                    range(LARGE_MODEL_VERSIONS + 1),
                )
            )
    declared = DesiredVersion(Source("s3://models/d7", "d7", stored="s3://models/d7"))
    desired = DesiredModel(name, versions=(declared,))
    with record_requests(server) as (url, requests):
        connected = registries.connect({"tracking_uri": url}, writes=False)
        with connected as backend:
            registry = backend.registry
            found = registry.observe_for([desired])[name]
    assert [version.digest for version in found.versions] == ["d7"]
    assert len(requests) == 3  # the server's version, the model, the version with the digest


def test_a_server_without_lists_in_filters(server: str) -> None:
    def old(request: Any) -> Reply | None:
        if "+IN+" in request.target:
            body = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid comparator 'IN'"}
            return Reply(400, json.dumps(body), "application/json")
        return None

    from mlflow import MlflowClient

    name = f"model-{uuid.uuid4().hex[:8]}"
    with record_requests(server, old) as (url, _):
        with registries.connect({"tracking_uri": url}, writes=True) as backend:
            registry = backend.registry
            registry.create_model(name, "", {})
            create_version(registry, name, "x")
        MlflowClient(server, server).register_prompt(f"{name}-prompt", "Say {{x}}")
        absent = [f"absent-{number}" for number in range(MAX_SINGLE_READS_OLD)]
        wanted = [f"{name}-prompt", name, *absent]
        few, many = observed(url, *wanted[:4]), observed(url, *wanted)
    assert list(few) == list(many) == wanted[:2]
    assert few[name] == many[name]
    assert [len(model.versions) for model in many.values()] == [0, 1]
