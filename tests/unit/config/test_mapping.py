"""Configurations given in Python, as jobs."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from registrar.config.mapping import dump_job, job_from_mapping, load_job
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError, Place, Problem

MODEL = {"name": "m", "uri": "s3://bucket/m"}
SERVER = {"tracking_uri": "http://127.0.0.1:9"}
WHOLE = {"model": MODEL, "server": SERVER}


class Colour(str, Enum):
    """Text that prints itself in another way."""

    RED = "red"


class Scalar:
    """A number of another library, such as NumPy's."""

    def __init__(self, value: object) -> None:
        self.value = value

    def item(self) -> object:
        return self.value


@pytest.fixture(autouse=True)
def _without_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(variable, raising=False)


def problems(config: Any, **options: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        validate_jobs([job_from_mapping(config, "validate", **options)])
    return [f"{problem.path}: {problem.code}" for problem in caught.value.problems]


@pytest.mark.parametrize("config", [MODEL, WHOLE, OmegaConf.create(WHOLE)], ids=type)
def test_the_model_alone_and_a_whole_configuration_are_the_same_job(config: Any) -> None:
    job = job_from_mapping(config, "plan", SERVER)

    assert (job.name, job.file, job.has_server, job.is_broken) == ("m", None, True, False)
    assert job.config == {**WHOLE, "command": "plan"}
    validate_jobs([job])


def test_python_values_become_plain_data() -> None:
    metadata = {"path": Path("a/b"), "tuple": (1, 2.5), "number": Scalar(3), "none": Scalar("x")}
    metadata["member"] = Colour.RED

    job = job_from_mapping({**MODEL, "metadata": metadata}, "plan")

    assert job.config["model"]["metadata"] == {
        "path": "a/b",
        "tuple": [1, 2.5],
        "number": 3,
        "none": "x",
        "member": "red",
    }
    assert type(job.config["model"]["metadata"]["member"]) is str
    assert list(job.find_misread()) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({**MODEL, "metadata": {1: "x"}}, ["metadata.1: key-not-text"]),
        ({**MODEL, "metadata": {"a": object()}}, ["metadata.a: unsupported-type"]),
        ({**MODEL, "metadata": {"a": b"x"}}, ["metadata.a: unsupported-type"]),
        ({**MODEL, "metadata": {"a": Scalar(None)}}, ["metadata.a: unsupported-type"]),
        (
            {"model": {**MODEL, "aliases": [object()]}, "server": SERVER},
            ["model.aliases[0]: unsupported-type"],
        ),
        ({**MODEL, "metadata": {"a": 10**5000}}, ["metadata.a: out-of-range"]),
        (
            {"model": MODEL, "server": SERVER, "parallelism": 10**5000},
            ["parallelism: out-of-range"],
        ),
        ({**MODEL, "version": 3.0}, ["version: wrong-type"]),
        (
            {**MODEL, "aliases": OmegaConf.create({"aliases": ["${nope}"]}).aliases},
            ["aliases[0]: invalid-interpolation"],
        ),
        ({"server": SERVER}, ["None: no-model-chosen"]),
        ({"name": "m"}, ["None: missing-field"]),
        (
            OmegaConf.create({**MODEL, "description": "${nope}"}),
            ["description: invalid-interpolation"],
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_problems_are_at_the_path_that_the_caller_wrote(config: Any, found: list[str]) -> None:
    assert problems(config) == found


def test_a_path_begins_where_the_mapping_stands() -> None:
    config = {"model": {**MODEL, "descripton": "x"}}

    assert problems(config, at=("registration",)) == ["registration.model.descripton: unknown-key"]


@pytest.mark.parametrize(
    ("config", "code"), [("mnist", "not-a-mapping"), (None, "not-a-mapping"), ([], "not-a-mapping")]
)
def test_what_is_not_a_mapping_is_refused(config: Any, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        job_from_mapping(config, "plan")
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_mapping_that_contains_itself_is_refused() -> None:
    config: dict[str, Any] = dict(MODEL)
    config["metadata"] = config
    with pytest.raises(ConfigError) as caught:
        job_from_mapping(config, "plan")
    assert [problem.code for problem in caught.value.problems] == ["too-deep"]


@pytest.mark.parametrize(
    ("variable", "field"),
    [("MLFLOW_TRACKING_URI", "tracking_uri"), ("MLFLOW_REGISTRY_URI", "registry_uri")],
)
def test_the_default_server_is_that_of_the_environment(
    variable: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job_from_mapping(MODEL, "plan").config["server"]["tracking_uri"] == "sqlite:///mlflow.db"
    monkeypatch.setenv(variable, "./folder")

    job = job_from_mapping(MODEL, "plan")
    located = job.locate(("server", field), Problem("invalid-server", "is a folder"))

    assert (job.has_server, job.config["server"][field]) == (False, "./folder")
    assert located.place == Place(f"the environment variable {variable}")
    assert located.path == f"server.{field}"


def test_a_server_can_be_its_uri_alone() -> None:
    job = job_from_mapping(WHOLE, "plan", "sqlite:///other.db")

    assert job.config["server"] == {"tracking_uri": "sqlite:///other.db"}


@pytest.mark.parametrize("config", [MODEL, WHOLE])
def test_a_job_goes_to_another_process_as_json(config: Any) -> None:
    job = job_from_mapping(config, "apply", at=("registration",))

    copy = load_job(json.loads(json.dumps(dump_job(job))))

    problem = Problem("x", "m")
    assert (copy.name, copy.config, copy.has_server) == (job.name, job.config, job.has_server)
    for path in (("model", "name"), ("server", "timeout"), ()):
        assert copy.locate(path, problem) == job.locate(path, problem)


def test_a_number_of_a_library_that_is_a_float_becomes_a_float() -> None:
    class Number(float):
        def __repr__(self) -> str:
            return f"library.{super().__repr__()}"

    class Count(int):
        pass

    gate = {"min": Number(0.5), "max": Count(3), "exact": True}
    config = job_from_mapping({"name": "m", "gates": gate}, "plan").config["model"]["gates"]
    assert {key: type(value) for key, value in config.items()} == {
        "min": float,
        "max": int,
        "exact": bool,
    }
    assert config == gate
