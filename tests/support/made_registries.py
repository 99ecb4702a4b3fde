"""Registries as people make them by hand, generated, and commands on them in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from registrar.cli import main
from registrar.config import schema
from registrar.uris import unreachable_name

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["ALIAS", "KEY", "NAME", "SOURCE", "TEXT", "clear", "client_of", "fill", "is_name", "run"]

NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="/:'\""),
    min_size=1,
    max_size=12,
)
# What PyYAML, OmegaConf and Hydra read as something else, when it is not quoted.
TRAPS = st.sampled_from(
    [
        "on",
        "1e5",
        "1_000",
        "0x1f",
        "1:30",
        "2020-01-01",
        "~",
        "null",
        ".5",
        "1.",
        "???",
        "1.10",
        "${oc.env:HOME}",
        "\\${x}",
        "\\\\${x}",
        "a: b",
        "- a",
        "# a",
        " a ",
        "a\n\n b\n",
        "\u2028",
    ]
)
TEXT = TRAPS | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\t\n"),
    max_size=20,
)
KEY = st.from_regex(r"[\w. -]{1,8}(/[\w]{1,3})?", fullmatch=True)
ALIAS = st.from_regex(r"[\w-]{1,8}", fullmatch=True)
SOURCE = st.sampled_from(
    ["s3://bucket/a", "s3://bucket/b/", "file:///elsewhere/model", "/elsewhere/other", "gs://b/k"]
)


def run(database: str, *argv: str) -> tuple[int, Any]:
    """Run a command in this process; return its exit code and its document."""
    out = io.StringIO()
    uri = f"server.tracking_uri=sqlite:///{database}"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = main([*argv, uri, "output=json"])
    return code, json.loads(out.getvalue())


def client_of(database: str) -> MlflowClient:
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{database}", f"sqlite:///{database}")


def clear(database: str) -> None:
    client = client_of(database)
    for model in client.search_registered_models():
        client.delete_registered_model(model.name)


def fill(database: str, models: dict[str, Any]) -> None:
    """Fill a registry as people do it by hand."""
    clear(database)
    client = client_of(database)
    for name, model in models.items():
        client.create_registered_model(name, legal_tags(model["tags"]), model["description"])
        for version in model["versions"]:
            made = client.create_model_version(
                name,
                version["source"],
                run_id=version["run_id"],
                tags=legal_tags(version["tags"]),
                description=version["description"],
                await_creation_for=0,
            )
            for alias in version["aliases"]:
                with contextlib.suppress(Exception):  # reserved ones
                    client.set_registered_model_alias(name, alias, made.version)
            if version["deleted"]:
                client.delete_model_version(name, made.version)


def legal_tags(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags that MLflow accepts."""
    return {key: value for key, value in tags.items() if os.path.normpath(key) == key}


def is_name(name: str) -> bool:
    """Return whether a new model may have the name."""
    config = {"server": {"tracking_uri": "http://any"}, "model": {"name": name, "uri": "m"}}
    return not schema.find_schema_problems(config) and unreachable_name(name) is None
