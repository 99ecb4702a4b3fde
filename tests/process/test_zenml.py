"""The README's table of ZenML's commands and methods: each row is run, and keeps its promise."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import Zygote

TABLE = (ROOT / "README.md").read_text().split("<!-- zenml -->")[1].split("<!-- /zenml -->")[0]
ROWS = re.findall(
    r"^\| `([a-z_]+(?:\(\)| [a-z-]+)).*?\| .*?`((?:registrar|python) .*)` \|$", TABLE, re.MULTILINE
)
PARENT = """
name: parent
registered_model: {description: Digits, tags: {team: vision}}
"""


def test_every_row(
    repository: Path, database: str, zygote: Zygote, client: Callable[[str], Any]
) -> None:
    assert len(ROWS) == len(TABLE.strip().splitlines()) - 2 == len(PROMISES)
    (repository / "configs" / "model" / "parent.yaml").write_text(PARENT)
    look = client(database)
    for zenml, command in ROWS:
        program, *words = shlex.split(command)
        if program == "registrar":
            done = zygote.run(words, repository)
        else:
            assert (program, words[0]) == ("python", "-c")
            done = zygote.start([], repository, code=words[1]).wait()
        assert done.code == 0, (command, done.err)
        assert PROMISES[zenml](done.out, look), (command, done.out)


def versions(look: MlflowClient) -> dict[int, Any]:
    found = look.search_model_versions("name='mnist'")
    return {int(version.version): version for version in found}


def names(look: MlflowClient) -> set[str]:
    return {model.name for model in look.search_registered_models()}


def numbers(out: str) -> list[int]:
    (model,) = json.loads(out)["models"]
    return [version["version"] for version in model["versions"]]


def is_updated(out: str, look: MlflowClient) -> bool:
    """Description and aliases are set, the removed key is gone; a stage is an alias."""
    version = versions(look)[1]
    assert (version.description, "lr" in version.tags) == ("Checked", False)
    aliases = look.get_registered_model("mnist").aliases
    return bool(out) and {key: int(n) for key, n in aliases.items()} == {
        "champion": 1,
        "production": 1,
    }


PROMISES: dict[str, Callable[[str, MlflowClient], bool]] = {
    "models register": lambda _, look: look.get_registered_model("parent").tags["team"] == "vision",
    "models list": lambda out, _: "parent  0 " in out,
    "models get": lambda out, _: out.startswith("parent  Digits  team=vision\n"),
    "models update": lambda _, look: look.get_registered_model("parent").description == "Changed",
    "models delete": lambda _, look: "parent" not in names(look),
    "models register-version": lambda _, look: versions(look)[1].tags["lr"] == "0.003",
    "models list-versions": lambda out, _: "\n1 version at " in out and "lr=0.003" in out,
    "models get-version": lambda out, _: (
        re.search(r"^1 +champion +sha256:", out, re.MULTILINE) is not None
    ),
    "models update-version": is_updated,
    "models delete-version": lambda _, look: versions(look) == {},
    "register_model()": lambda _, look: look.get_registered_model("parent").description == "Digits",
    "list_models()": lambda out, _: (
        [m["name"] for m in json.loads(out)["models"]] == ["mnist", "parent"]
    ),
    "delete_model()": lambda out, look: (
        json.loads(out)["exit_code"] == 0 and names(look) == {"mnist"}
    ),
    "register_model_version()": lambda out, look: (
        out.startswith("mnist version 2 ") and list(versions(look)) == [2]
    ),
    "update_model_version()": lambda _, look: versions(look)[2].description == "Checked",
    "list_model_versions()": lambda out, _: numbers(out) == [2],
    "get_model_version()": lambda out, _: out == "2\n",
    "load_model_version()": lambda out, _: "sklearn" in out,
    "get_model_uri_artifact_store()": lambda out, _: out == "models:/mnist/2\n",
    "delete_model_version()": lambda _, look: versions(look) == {},
}
