"""Which requests reach the server: no write where there is nothing to do, and their order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.proxy import record_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import Result


API = "/api/2.0/mlflow"
FILES = [
    "MLmodel",
    "conda.yaml",
    "input_example.json",
    "model.skops",
    "python_env.yaml",
    "requirements.txt",
    "serving_input_example.json",
]
LOOK = [  # all that a run needs which finds everything in place
    "GET /version",
    f"GET {API}/registered-models/get",
    f"GET {API}/model-versions/search",
]


@pytest.fixture
def proxy(server: str) -> Iterator[tuple[str, list[Request]]]:
    """A proxy in front of an empty server, and the requests it has had."""
    with record_requests(server) as made:
        yield made


@pytest.fixture
def run(
    registrar: Callable[..., Result], proxy: tuple[str, list[Request]]
) -> Callable[..., list[str]]:
    """The requests of a command."""
    url, requests = proxy

    def run(*argv: str, code: int = 0) -> list[str]:
        requests.clear()
        result = registrar(*argv, "model=mnist", MLFLOW_TRACKING_URI=url)
        assert result.code == code, result.err
        return [without_ids(request) for request in requests]

    return run


def without_ids(request: Request) -> str:
    return re.sub(r"m-[0-9a-f]{32}", "ID", re.sub(r"artifacts/\d+/", "artifacts/N/", str(request)))


def test_a_first_apply_writes_the_model_then_the_bytes_then_the_version_then_the_alias(
    run: Callable[..., list[str]], proxy: tuple[str, list[Request]]
) -> None:
    run()
    writes = [without_ids(request) for request in proxy[1] if request.writes]
    first = next(i for i, write in enumerate(writes) if write.startswith("PUT"))
    uploads = slice(first, first + len(FILES))
    writes[uploads] = sorted(writes[uploads])  # several files are sent at a time
    assert writes == [
        f"POST {API}/registered-models/create",
        f"POST {API}/experiments/create",
        f"POST {API}/logged-models",
        *(
            f"PUT /api/2.0/mlflow-artifacts/artifacts/N/models/ID/artifacts/{name}"
            for name in sorted(FILES)
        ),
        f"PATCH {API}/logged-models/ID/tags",  # the manifest
        f"PATCH {API}/logged-models/ID",
        f"POST {API}/model-versions/create",
        f"POST {API}/model-versions/set-tag",  # the event
        f"POST {API}/registered-models/alias",
    ]


def test_the_version_is_complete_when_it_is_created(
    run: Callable[..., list[str]], proxy: tuple[str, list[Request]]
) -> None:
    run()
    (create,) = [r for r in proxy[1] if r.path == f"{API}/model-versions/create"]
    for text in (b'"registrar_digest"', b'"registrar_managed"', b'"lr"', b"Two-layer perceptron"):
        assert text in create.body


@pytest.mark.parametrize("command", ["apply", "plan", "check"])
def test_where_nothing_is_to_do_three_reads_are_all(
    run: Callable[..., list[str]], command: str
) -> None:
    run()
    assert run(command) == LOOK


@pytest.mark.parametrize(("command", "code"), [("plan", 0), ("check", 3)])
def test_looking_at_an_empty_server_writes_nothing(
    run: Callable[..., list[str]],
    server: str,
    mlflow_client: Callable[[str], Any],
    command: str,
    code: int,
) -> None:
    assert run(command, code=code) == [
        "GET /version",
        f"GET {API}/registered-models/get",
        f"GET {API}/registered-models/search",  # is it the name of a prompt?
        f"GET {API}/experiments/get-by-name",  # is there a place for uploads?
    ]
    assert list(mlflow_client(server).search_registered_models()) == []


def test_validate_sends_nothing(run: Callable[..., list[str]]) -> None:
    assert run("validate") == []


def test_why_a_version_is_new_costs_one_request(
    run: Callable[..., list[str]], registrar: Callable[..., Result], server: str, repository: Path
) -> None:
    run()
    mlmodel = repository / "models" / "mnist" / "MLmodel"
    mlmodel.write_text(re.sub("(?m)^model_uuid: .*", "model_uuid: abc", mlmodel.read_text()))
    again = [f"GET {API}/experiments/get-by-name", f"GET {API}/logged-models/ID"]
    assert run("plan") == LOOK + again
    saved = registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=server)
    assert "      differs from version 1 only in model_uuid and time" in saved.out.split("\n")
    (repository / "models" / "mnist" / "requirements.txt").write_text("")
    assert run("check", code=3) == LOOK + again
    changed = registrar("apply", "model=mnist", MLFLOW_TRACKING_URI=server)
    lines = changed.out.split("\n")
    assert "      differs from version 1 in MLmodel, requirements.txt" in lines
