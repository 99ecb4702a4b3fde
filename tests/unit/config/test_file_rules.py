"""Rules for configuration files: nothing of Hydra, no commands, and a model alone in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError

MODEL = "name: px\nuri: s3://bucket/px\n"
PRIMARY = "defaults: [registrar, _self_]\n"


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("configs/model/px.yaml", MODEL)


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def codes(*argv: str) -> list[str]:
    """Return the codes of all problems of a command line; none for a valid one."""
    try:
        composition = compose_jobs(parse_arguments(["validate", *(argv or ("model=px",))]))
        validate_jobs(composition.jobs, composition.problems)
    except ConfigError as error:
        return sorted({problem.code for problem in error.problems})
    return []


HYDRA = [
    "hydra: {callbacks: {x: {a: 1}}}\n",
    "hydra: {job_logging: {version: 1}}\n",
    "hydra: {searchpath: ['pkg://json']}\n",
    "x: {mode: MULTIRUN}\nhydra: ${x}\n",
    "hydra: null\n",
    '"\\x68ydra": {mode: MULTIRUN}\n',
    "x: &x {hydra: {mode: MULTIRUN}}\n<<: *x\n",
    "hydra: {<<: {mode: MULTIRUN}}\n",
    "<<: [{hydra: {mode: MULTIRUN}}]\n",
]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("text", HYDRA)
@pytest.mark.parametrize("mode", [(), ("--multirun",), ("--cfg", "hydra")], ids=" ".join)
def test_a_primary_configuration_sets_nothing_of_hydra(text: str, mode: tuple[str, ...]) -> None:
    write("configs/config.yaml", PRIMARY + text)
    assert "hydra-node" in codes("model=px", *mode)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "entry",
    [
        "extra@hydra: more",
        "extra@hydra.job: more",
        "extra@_global_.hydra: more",
        "extra@x._global_.hydra: more",
        "optional extra@hydra: more",
        "override hydra/job_logging: disabled",
        "hydra/env@x: default",
        "extra@_global_xhydra: more",
        "override /hydra/launcher: basic",
        "/hydra/env@x: default",
    ],
)
def test_a_defaults_list_leads_nowhere_into_hydra(entry: str) -> None:
    write("configs/extra/more.yaml", "mode: MULTIRUN\n")
    write("configs/config.yaml", f"defaults: [registrar, _self_, {{{entry}}}]\n")
    assert codes() == ["hydra-node"]
    write("configs/config.yaml", f"defaults:\n- registrar\n- _self_\n- {{<<: {{{entry}}}}}\n")
    assert codes() == ["hydra-node"]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("package", ["hydra", "hydra.job", "_global_.hydra", "x._global_.hydra"])
@pytest.mark.parametrize("group", ["model", "server", "extra"])
def test_a_header_leads_nowhere_into_hydra(package: str, group: str) -> None:
    write(f"configs/{group}/px.yaml", f"# @package {package}\nmode: MULTIRUN\n")
    if group == "extra":
        write("configs/config.yaml", "defaults: [registrar, _self_, {extra: px}]\n")
    assert codes("model=px", *(["server=px"] if group == "server" else [])) == ["hydra-node"]


def test_what_hydra_prints_may_be_set() -> None:
    write("configs/config.yaml", PRIMARY + "hydra: {help: {app_name: mine}, verbose: false}\n")
    assert codes() == []


def test_hydra_may_be_set_on_the_command_line() -> None:
    assert codes("model=px", "hydra.verbose=true") == []


def test_a_file_of_each_job_of_a_multirun_is_checked() -> None:
    write(
        "configs/model/other.yaml",
        "# @package _global_\nmodel: {name: o, uri: s3://b/o}\nhydra: {}\n",
    )
    write("configs/model/bad.yaml", "# @package _global_\nmodel: {name: b}\nhydra: {job: {}}\n")
    assert "hydra-node" in codes("--multirun", "model=px,bad")
    assert codes("models=all") == ["hydra-node", "not-of-the-model"]


def test_plugins_may_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    write("configs/config.yaml", PRIMARY + "hydra: {job: {env_set: {A: b}}}\n")
    assert codes() == ["hydra-node"]
    monkeypatch.setenv("REGISTRAR_ALLOW_PLUGINS", "true")
    assert codes() == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "text",
    [
        "command: delete\n",
        "command: apply\n",  # what the default is anyway
        "delete: {force: false}\n",
        "apply: {allow_takeover: true}\n",
        "models: all\n",
        "show: {limit: 3}\n",
        "<<: {command: delete}\n",
    ],
)
def test_a_file_sets_no_field_of_a_command(text: str) -> None:
    write("configs/config.yaml", PRIMARY + text)
    assert codes() == ["command-line-only"]
    write("configs/config.yaml", "defaults: [registrar, _self_, {extra: more}]\n")
    write("configs/extra/more.yaml", f"# @package _global_\n{text}")
    assert codes() == ["command-line-only"]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("extra@delete: more", "force: true\n"),
        ("extra@_global_: more", "apply: {allow_takeover: true}\n"),
        ("delete: more", "force: true\n"),
        ("override server@promote.to: default", ""),
    ],
)
def test_a_field_of_a_command_is_found_wherever_it_comes_from(entry: str, text: str) -> None:
    group = entry.partition("@")[0].partition(":")[0]
    write(f"configs/{group}/more.yaml", text)
    write("configs/config.yaml", f"defaults: [registrar, _self_, {{{entry}}}]\n")
    assert codes() == ["command-line-only"]


def test_the_command_line_sets_all_of_them() -> None:
    argv = ("show", "show.limit=3", "show.tags={a: b}", "show.version=1", "+show.tags.c=d")
    composition = compose_jobs(parse_arguments(argv))
    validate_jobs(composition.jobs, composition.problems)
    write(
        "configs/config.yaml",
        PRIMARY + "show: {order: newest, wide: true}\nparallelism: 2\noutput: text\n",
    )
    assert codes() == []


@pytest.mark.parametrize(
    "text",
    [
        "# @package _global_\nmodel: {name: px, uri: s3://b/px}\nserver: {timeout: 3}\n",
        "# @package _global_\nmodel: {name: px, uri: s3://b/px}\n<<: {server: {timeout: 3}}\n",
        "# @package server\ntimeout: 3\n",
        "# @package model._global_.server\ntimeout: 3\n",
        "# @package _global_.server\ntimeout: 3\n",
        "defaults: [{/extra@_global_.server: more}, _self_]\n" + MODEL,
        "defaults: [{/extra@_global_: global}, _self_]\n" + MODEL,
        "defaults: [/extra/header, _self_]\n" + MODEL,
        "defaults: [{/extra: header}, _self_]\n" + MODEL,
        "defaults: [{/extra: nested}, _self_]\n" + MODEL,
        "defaults: [_self_, {override /server: local}]\n" + MODEL,
        "defaults: [_self_, {override /executor: dask}]\n" + MODEL,
        "defaults: [base, _self_]\n" + MODEL,
    ],
)
@pytest.mark.parametrize(
    "argv",
    [
        ("model=px",),
        pytest.param(("models=all",), marks=pytest.mark.exhaustive),
        pytest.param(("--multirun", "model=px"), marks=pytest.mark.exhaustive),
    ],
    ids=" ".join,
)
def test_a_models_file_holds_the_model_alone(text: str, argv: tuple[str, ...]) -> None:
    write("configs/extra/more.yaml", "timeout: 3\n")
    write("configs/extra/global.yaml", "server: {timeout: 3}\n")
    write("configs/extra/header.yaml", "# @package server\ntimeout: 3\n")
    write("configs/extra/nested.yaml", "defaults: [more@_global_.server, _self_]\nowner: a/b\n")
    write("configs/model/px.yaml", text)
    if "base" in text:
        write("configs/model/base.yaml", "# @package _global_\nserver: {timeout: 3}\nmodel: {}\n")
    assert "not-of-the-model" in codes(*argv)


@pytest.mark.parametrize(
    "text",
    [
        "# @package _global_\nmodel: {name: px, uri: s3://b/px}\n",
        "# @package model\n" + MODEL,
        "defaults: [base, _self_]\n" + MODEL,
        "defaults: [/extra@metadata: more, _self_]\n" + MODEL,
        "defaults: [{/extra@metadata: more}, _self_]\n" + MODEL,
        "defaults: [{/extra@_global_.model.metadata: more}, _self_]\n" + MODEL,
        "# @package _global_\ndefaults: [{extra@model.metadata: deep}, _self_]\nmodel: {name: px, uri: s3://b/px}\n",
    ],
)
def test_what_belongs_to_the_model_stays_valid(text: str) -> None:
    write("configs/extra/more.yaml", "timeout: 3\nhydra_version: 1\n")
    write("configs/model/extra/deep.yaml", "timeout: 3\n")
    write("configs/model/base.yaml", "owner: a/b\n")
    write("configs/model/px.yaml", text)
    assert codes() == []


@pytest.mark.parametrize("where", ["metadata", "registered_model: {tags", "versions: [{metadata"])
def test_a_target_is_refused_wherever_it_is(where: str) -> None:
    closing = {"r": "}", "v": "}]"}.get(where[0], "")
    write("configs/model/px.yaml", f"name: px\n{where}: {{_target_: os.getcwd}}{closing}\n")
    assert "target-node" in codes()
    assert "target-node" in codes("model=px", "+model.metadata.x._target_=os.getcwd")
