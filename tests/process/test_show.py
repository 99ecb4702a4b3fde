"""`show`: what is listed, what the filters pass, and that lists are complete."""

from __future__ import annotations

import shutil
import sqlite3
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

# Two models, a run for two of the versions, a prompt; made as people make them.
FILL = """
import time
from mlflow import MlflowClient
client = MlflowClient()
ids = []
for accuracy in (0.9, 0.95):
    run = client.create_run("0")
    client.log_param(run.info.run_id, "C", accuracy)
    client.log_metric(run.info.run_id, "accuracy", accuracy)
    ids.append(run.info.run_id)
client.create_registered_model("iris", {"team": "vision"}, "Flowers\\nin\\x1b[31m two lines")
client.create_registered_model("d'or wein \\u00fc", {"team": "nlp"})
client.create_registered_model("empty")
client.register_prompt("greeting", "hello")
stamps = []
for number, (source, run_id) in enumerate([("s3://b/one", ids[0]), ("s3://b/two?sig=hunter2", ids[1]), ("gs://c/x", None)]):
    time.sleep(0.01)
    made = client.create_model_version("iris", source, run_id=run_id, tags={"lr": str(number), "same": "1"}, await_creation_for=0)
    stamps.append(made.creation_timestamp)
client.set_registered_model_alias("iris", "champion", "2")
client.create_model_version("d'or wein \\u00fc", "s3://b/three", await_creation_for=0)
answer = stamps
"""


@pytest.fixture
def stamps(script: Callable[..., Any]) -> list[int]:
    """The registry is filled; when the versions of iris were made, in milliseconds."""
    made: list[int] = script(FILL)
    return made


@pytest.fixture
def show(registrar: Callable[..., Result], backend: str, stamps: list[int]) -> Callable[..., Any]:
    """The document, or with `text=True` the output, of a `show` that ends well."""

    def run(*words: str, text: bool = False, output: str = "json") -> Any:
        output = "text" if text else output
        done = registrar("show", *words, f"output={output}", MLFLOW_TRACKING_URI=backend)
        assert done.code == 0, done.err
        return done.json if output == "json" else done.out

    return run


def names(document: Any) -> list[str]:
    return [model["name"] for model in document["models"]]


def numbers(document: Any) -> list[int]:
    return [version["version"] for model in document["models"] for version in model["versions"]]


def iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds")


def test_models_are_listed_by_name_without_prompts(show: Callable[..., Any]) -> None:
    """Ordered by name, without prompts."""
    assert names(show()) == ["d'or wein ü", "empty", "iris"]
    assert names(show("show.order=newest")) == ["empty", "d'or wein ü", "iris"]
    assert names(show("show.order=oldest", "show.limit=2")) == ["iris", "d'or wein ü"]
    assert "2 of 3 models at " in show("show.limit=2", text=True)
    # One model's versions, newest first.
    few = show("show.name=iris", "show.limit=1")
    assert (numbers(few), few["found"]) == ([3], 3)
    assert "1 of 3 versions at " in show("show.name=iris", "show.limit=1", text=True)


def test_filters_choose_models_and_versions(
    show: Callable[..., Any], stamps: list[int], exhaustive: bool
) -> None:
    of_models: dict[tuple[str, ...], list[str]] = {
        ("show.tags={team: vision}",): ["iris"],
        ("show.name='*i*'",): ["d'or wein ü", "iris"],
        ("show.source='s3://*/three'",): ["d'or wein ü"],
        ("show.name='nothing*'",): [],
    }
    later = datetime.fromtimestamp(stamps[2] / 1000 + 1, timezone.utc)
    local = later.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    # From (inclusive) to (exclusive), to the millisecond, in any zone.
    of_versions: dict[tuple[str, ...], list[int]] = {
        (): [3, 2, 1],
        ("show.order=oldest",): [1, 2, 3],
        ("show.tags={lr: 1}",): [2],
        ("show.source=S3://b//one/",): [1],
        ("show.source='s3://b/*'",): [2, 1],
        ("show.tags={lr: 1, same: 2}",): [],
        ("show.version=2",): [2],
        ("show.alias=champion",): [2],
        (f"show.created_after='{iso(stamps[1])}'",): [3, 2],
        ("show.created_after=2001-01-31",): [3, 2, 1],
        (f"show.created_before='{iso(stamps[1])}'",): [1],
        ("show.created_before=2001-01-31",): [],
        (f"show.created_before='{local}'",): [3, 2, 1],
    }
    step = 1 if exhaustive else 2  # every other case has each filter
    for words, expected in list(of_models.items())[::step]:
        assert names(show(*words)) == expected, words
    for words, found in list(of_versions.items())[::step]:
        assert numbers(show("show.name=iris", *words)) == found, words
    assert numbers(show("show.name='d\\'or wein ü'")) == [1]


def test_a_version_is_shown_with_its_fields_and_without_secrets(
    show: Callable[..., Any], stamps: list[int]
) -> None:
    (model,) = show("show.name=iris", "show.alias=champion")["models"]
    (version,) = model["versions"]
    assert model["aliases"] == {"champion": 2}
    assert model["description"] == "Flowers\nin\x1b[31m two lines"
    assert version["created"] == iso(stamps[1]).replace("+00:00", "Z")
    (accuracy,) = version["metrics"]["accuracy"]
    assert (accuracy["value"], accuracy["dataset"], accuracy["from"]) == (0.95, None, "run")
    assert version["params"] == {"C": "0.95"}
    assert version["metadata"] == {"lr": "1", "same": "1"}
    assert version["source"] == "s3://b/two"
    for output in ("text", "markdown", "json"):
        out = show("show.name=iris", output=output)
        assert "\x1b" not in out if output != "json" else True
        assert "hunter2" not in str(out)
    text = show("show.name=iris", text=True).splitlines()
    assert text[0] == r"iris  Flowers\nin\u001b[31m two lines  team=vision"
    assert text[1].split() == ["VERSION", "ALIASES", "METRICS", "CREATED"]
    assert text[3].split()[:3] == ["2", "champion", "accuracy=0.95"]
    more = show("show.name=iris", "wide=true", text=True).splitlines()
    assert more[1].split() == [*text[1].split(), "METADATA", "PARAMS", "SOURCE", "RUN"]
    assert more[3].split()[5:10] == ["lr=1,", "same=1", "C=0.95", "s3://b/two", version["run_id"]]
    assert "| `accuracy=0.95` |" in show("show.name=iris", output="markdown")


def test_versions_are_compared_in_columns(show: Callable[..., Any]) -> None:
    lines = show("show.name=iris", "show.compare=true", "show.order=oldest", text=True).splitlines()
    rows = {line[1:].split()[0]: line for line in lines[2:] if line.strip()}
    assert lines[1].split() == ["version", "1", "version", "2", "version", "3"]
    assert rows["metrics.accuracy"].split() == ["*", "metrics.accuracy", "0.9", "0.95"]
    assert rows["metadata.same"].split() == ["metadata.same", "1", "1", "1"]
    assert rows["metadata.lr"].startswith("*")


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("show.name=irsi",), 2, "there is no registered model 'irsi' on {}. Did you mean 'iris'?"),
        (("show.name=greeting",), 2, "there is no registered model 'greeting' on {}. It has 3 mo"),
        (
            ("show.name=iris", "show.version=7"),
            2,
            "iris has no version 7 on {}. Its versions: 1-3.",
        ),
        (
            ("show.name=iris", "show.alias=old"),
            2,
            "iris has no version with the alias 'old' on {}.",
        ),
        (("show.created_after=yesterday",), 2, "override 'show.created_after=yesterday': show.c"),
        (("show.limit=0",), 2, "override 'show.limit=0': show.limit: 0 is out of range. Give at l"),
        (("show.nmae=iris",), 2, "override 'show.nmae=iris': unknown key 'nmae'. Did you mean 'n"),
        (("model=mnist",), 2, "there is no registered model 'mnist' on {}. Register it with: "),
        (("model=irsi",), 2, "there is no registered model 'irsi' on {}. Did you mean 'iris'?"),
    ],
)
def test_a_missing_name_or_a_wrong_filter_is_an_error(
    words: tuple[str, ...],
    code: int,
    message: str,
    stamps: list[int],
    registrar: Callable[..., Result],
    backend: str,
) -> None:
    done = registrar("show", *words, MLFLOW_TRACKING_URI=backend)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(message.format(backend)), done.err


def test_a_configured_name_is_exact_and_a_typed_name_can_be_a_pattern(
    small_model_repository: Path, registrar: Callable[..., Result]
) -> None:
    folder = small_model_repository / "configs" / "model"
    for config, name in (("a", "a"), ("b", "b[1]"), ("c", "b1")):
        (folder / f"{config}.yaml").write_text(f"name: {name}\nuri: models/mnist\n")
    assert registrar("models=[a,b,c]").code == 0
    listed = registrar("show", "models=[a,b]", "output=json")
    assert (listed.code, names(listed.json)) == (0, ["a", "b[1]"])
    verified = registrar("verify", "models=[a,b]", "output=json")
    assert [version["name"] for version in verified.json["versions"]] == ["a", "b[1]"]
    dumped = registrar("dump", "models=[a,b]", "dump.dir=dumped", "dump.force=true", "output=json")
    assert (dumped.code, names(dumped.json)) == (0, ["a", "b[1]"]), dumped.err
    one = registrar("show", "model=b", "output=json").json
    assert (names(one), numbers(one)) == (["b[1]"], [1])
    # Typed, the same characters are a pattern, which matches its own text as well.
    assert names(registrar("show", "show.name='b[1]'", "output=json").json) == ["b1", "b[1]"]
    verified = registrar("verify", "verify.name='?'", "output=json")
    assert [version["name"] for version in verified.json["versions"]] == ["a"]
    typed = registrar("dump", "dump.name='b*'", "dump.dir=typed", "output=json")
    assert names(typed.json) == ["b1", "b[1]"], typed.err


def test_filters_choose_among_several_configured_models(
    small_model_repository: Path, registrar: Callable[..., Result]
) -> None:
    folder = small_model_repository / "configs" / "model"
    for name, team in (("a", "vision"), ("b", "audio")):
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\nuri: models/mnist\nregistered_model: {{tags: {{team: {team}}}}}\n"
        )
    assert registrar("models=[a,b]").code == 0
    listed = registrar("show", "models=[a,b]", "show.tags={team: audio}", "output=json")
    assert (listed.code, names(listed.json)) == (0, ["b"])
    words = ("dump.tags={team: audio}", "dump.dir=dumped", "output=json")
    assert names(registrar("dump", "models=[a,b]", *words).json) == ["b"]


def test_a_missing_database_is_not_created(
    repository: Path, registrar: Callable[..., Result]
) -> None:
    done = registrar("show")
    assert (done.code, done.out) == (0, "0 models at sqlite:///mlflow.db.\n")
    assert not (repository / "mlflow.db").exists()


def test_lists_longer_than_a_page_are_complete(
    repository: Path, blank_database: Path, registrar: Callable[..., Result]
) -> None:
    """1 100 models, and one with 1 100 versions: more than a page of either search."""
    path = repository / "mlflow.db"
    shutil.copy(blank_database, path)
    now = int(time.time() * 1000)
    many = range(1, 1101)
    with sqlite3.connect(path) as database:
        database.executemany(
            "INSERT INTO registered_models (name, creation_time, last_updated_time, workspace)"
            " VALUES (?, ?, ?, 'default')",
            [(f"m{number:04}", now, now) for number in many],
        )
        database.executemany(
            "INSERT INTO model_versions (name, version, creation_time, last_updated_time, source,"
            " current_stage, status, workspace) VALUES ('m0001', ?, ?, ?, 's3://b/k', 'None',"
            " 'READY', 'default')",
            [(number, now, now) for number in many],
        )
    database.close()
    every = registrar("show", "output=json").json
    assert (len(every["models"]), every["found"]) == (1100, 1100)
    versions = registrar("show", "show.name=m0001", "output=json").json
    assert numbers(versions) == list(reversed(many))
