"""The table in docs/zenml.md of ZenML's commands and methods: each row is run and checked."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import ForkServer

PAGE = (ROOT / "docs" / "zenml.md").read_text()
TABLE = PAGE.split("<!-- zenml -->")[1].split("<!-- /zenml -->")[0]
ROWS = re.findall(
    r"^\| `([a-z_]+(?:\(\)| [a-z-]+)).*?\| .*?`((?:registrar|python) .*)` \|$", TABLE, re.MULTILINE
)
PARENT = """
name: parent
registered_model: {description: Digits, tags: {team: vision}}
"""


@pytest.mark.exhaustive
def test_every_row_of_the_page_does_what_it_promises(
    repository: Path, database: str, fork_server: ForkServer, mlflow_client: Callable[[str], Any]
) -> None:
    assert len(ROWS) == len(TABLE.strip().splitlines()) - 2 == len(PROMISES)
    (repository / "configs" / "model" / "parent.yaml").write_text(PARENT)
    client = mlflow_client(database)
    for zenml, command in ROWS:
        program, *words = shlex.split(command)
        if program == "registrar":
            done = fork_server.run(words, repository)
        else:
            assert (program, words[0]) == ("python", "-c")
            done = fork_server.start([], repository, code=words[1]).wait()
        assert done.code == 0, (command, done.err)
        assert PROMISES[zenml](done.out, client), (command, done.out)


def versions(client: MlflowClient) -> dict[int, Any]:
    found = client.search_model_versions("name='mnist'")
    return {int(version.version): version for version in found}


def names(client: MlflowClient) -> set[str]:
    return {model.name for model in client.search_registered_models()}


def numbers(out: str) -> list[int]:
    (model,) = json.loads(out)["models"]
    return [version["version"] for version in model["versions"]]


def is_updated(out: str, client: MlflowClient) -> bool:
    """Description and aliases are set, the removed key is gone; a stage is an alias."""
    version = versions(client)[1]
    assert (version.description, "lr" in version.tags) == ("Checked", False)
    aliases = client.get_registered_model("mnist").aliases
    return bool(out) and {key: int(n) for key, n in aliases.items()} == {
        "champion": 1,
        "production": 1,
    }


PROMISES: dict[str, Callable[[str, MlflowClient], bool]] = {
    "models register": lambda _, client: (
        client.get_registered_model("parent").tags["team"] == "vision"
    ),
    "models list": lambda out, _: "parent  0 " in out,
    "models get": lambda out, _: out.startswith("parent  Digits  team=vision\n"),
    "models update": lambda _, client: (
        client.get_registered_model("parent").description == "Changed"
    ),
    "models delete": lambda _, client: "parent" not in names(client),
    "models register-version": lambda _, client: versions(client)[1].tags["lr"] == "0.003",
    "models list-versions": lambda out, _: "\n1 version at " in out and "lr=0.003" in out,
    "models get-version": lambda out, _: (
        re.search(r"^1 +champion +sha256:", out, re.MULTILINE) is not None
    ),
    "models update-version": is_updated,
    "models delete-version": lambda _, client: versions(client) == {},
    "register_model()": lambda _, client: (
        client.get_registered_model("parent").description == "Digits"
    ),
    "list_models()": lambda out, _: (
        [m["name"] for m in json.loads(out)["models"]] == ["mnist", "parent"]
    ),
    "delete_model()": lambda out, client: (
        json.loads(out)["exit_code"] == 0 and names(client) == {"mnist"}
    ),
    "register_model_version()": lambda out, client: (
        out.startswith("mnist version 2 ") and list(versions(client)) == [2]
    ),
    "update_model_version()": lambda _, client: versions(client)[2].description == "Checked",
    "list_model_versions()": lambda out, _: numbers(out) == [2],
    "get_model_version()": lambda out, _: out == "2\n",
    "load_model_version()": lambda out, _: "sklearn" in out,
    "get_model_uri_artifact_store()": lambda out, _: out == "models:/mnist/2\n",
    "delete_model_version()": lambda _, client: versions(client) == {},
}
