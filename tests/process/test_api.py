"""The Python API in a user's process, against a database and a real server."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import registrar as public
from registrar.config import mapping
from tests.support.mlflow_server import empty_registry
from tests.support.proxy import Fault, inject_fault
from tests.support.registrar_process import ROOT
from tests.support.registry_snapshot import content
from tests.support.user_scripts import LOG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import ForkServer, Result

    Script = Callable[..., Any]
    Client = Callable[[str], MlflowClient]

(TRAINING,) = re.findall(
    r"```python\n(# train.py\n.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL
)
CONFIG = yaml.safe_load((ROOT / "configs" / "model" / "mnist.yaml").read_text())
# What a call has no business with: all of it is compared before and after.
STATE = """
import contextlib, io, logging, os, signal, sys, warnings
import mlflow, registrar, yaml
from mlflow.tracking._model_registry import utils as of_registry
from mlflow.tracking._tracking_service import utils as of_tracking
def state():
    run = mlflow.active_run()
    return {
        "environment": dict(os.environ), "folder": os.getcwd(), "argv": list(sys.argv),
        "uris": [of_tracking._tracking_uri, of_registry._registry_uri, mlflow.get_tracking_uri(),
                 mlflow.get_registry_uri()],
        "run": run and run.info.run_id,
        "loggers": {name: logging.getLogger(name).level
                    for name in ("", "mlflow", "alembic", "sqlalchemy", "registrar", "urllib3")},
        "signals": [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)].__repr__(),
        "filters": len(warnings.filters),
    }
"""
# Every function, also where it fails; `server` is the process's own, then another one.
CALLS = """
config = {"name": "mnist", "uri": "models/mnist", "aliases": ["champion"]}
calls = [
    lambda: registrar.validate(config),
    lambda: registrar.plan(config),
    lambda: registrar.apply(config),
    lambda: registrar.register("mnist", "models/mnist", metadata={"lr": 0.1}),
    lambda: registrar.register("mnist"),
    lambda: registrar.register("mnist", "no/such/directory"),
    lambda: registrar.register("mnist", "models/mnist", server="sqlite:///elsewhere.db"),
    lambda: registrar.get("mnist", "champion"),
    lambda: registrar.get("mnist", 7),
    lambda: registrar.uri("mnist", 1),
    lambda: registrar.load("mnist", 1),
    lambda: registrar.load("mnist", 1, flavor="prophet"),
    lambda: registrar.apply({**config, "aliases": ["no alias"]}),
    lambda: registrar.get("mnist", 1, server="http://127.0.0.1:9"),
]
def call(function):
    try:
        return str(function())
    except registrar.RegistrarError as error:
        return f"{type(error).__name__}: {error}"
"""


def test_the_training_example_runs_twice(
    script: Script, backend: str, mlflow_client: Client
) -> None:
    for number in (1, 2):
        told = script(
            "import contextlib, io\nout = io.StringIO()\n"
            f"with contextlib.redirect_stdout(out):\n    exec({TRAINING!r}, {{}})\n"
            "answer = [line for line in out.getvalue().splitlines() if line[0] in 'i[']"  # not MLflow's
        )
        address = re.escape(backend)
        assert re.match(
            rf"iris version {number} @challenger created on {address}: models:/m-", told[0]
        )
        assert told[1] == told[0].replace("created", "unchanged")
        assert re.fullmatch(r"\[[012 ]+", told[2])
    client = mlflow_client(backend)
    assert content(client, "iris")["aliases"] == {"challenger": 2}
    for made in client.search_model_versions("name = 'iris'"):
        run = client.get_run(made.tags["run_id"]).info
        assert made.run_id == run.run_id
        assert (made.tags["C"], made.tags["max_iter"]) == ("0.5", "500")
        assert float(made.tags["accuracy"]) > 0.9
        link = f"{backend}/#/experiments/{run.experiment_id}/runs/{run.run_id}"
        assert made.tags.get("run_link") == (link if backend.startswith("http") else None)


def test_results_equal_what_the_command_line_prints(
    script: Script, registrar: Callable[..., Result], backend: str, small_model_repository: Path
) -> None:
    told = script(
        "import registrar, yaml\n"
        "config = yaml.safe_load(open('configs/model/mnist.yaml'))\n"
        "whole = {'model': config, 'server': {'tracking_uri': argv[0]}}\n"
        "plan = registrar.plan(config)\n"
        "assert plan == registrar.plan(whole) and plan.checksum and not plan.in_sync\n"
        "answer = [plan.to_dict(), registrar.validate(config).to_dict(), str(plan)]",
        backend,
    )
    for document, command in zip(told, ("plan", "validate"), strict=False):
        printed = registrar(command, "model=mnist", "output=json", MLFLOW_TRACKING_URI=backend)
        assert printed.json == document
    text = registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=backend).out
    assert told[2] == text.rstrip("\n")
    approved = told[0]["checksum"]
    applied = script(
        "import registrar, yaml\n"
        "config = yaml.safe_load(open('configs/model/mnist.yaml'))\n"
        "try:\n    registrar.apply({'model': config, 'checksum': 'sha256:' + '0' * 64})\n"
        "except registrar.RefusedError as error:\n    refused = error.report.to_dict()\n"
        "done = registrar.apply({'model': config, 'checksum': argv[0]})\n"
        "answer = [refused, done.to_dict(), registrar.apply(config).to_dict()]",
        approved,
    )
    refused, done, again = applied
    assert (refused["exit_code"], refused["checksum"]) == (6, approved)
    assert done["models"][0]["done"] == done["models"][0]["changes"]
    assert [version["version"] for version in done["models"][0]["versions"]] == [1]
    printed = registrar("model=mnist", "output=json", MLFLOW_TRACKING_URI=backend)
    assert again == printed.json


def test_calls_leave_the_settings_of_the_process_as_they_were(script: Script, backend: str) -> None:
    told = script(
        f"{STATE}{CALLS}"
        "mlflow.set_tracking_uri(mlflow.get_tracking_uri())\n"
        "out = io.StringIO()\n"
        "with mlflow.start_run(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):\n"
        "    said = [call(function) for function in calls]\n"
        "    before = state()\n"  # what a first import and a first connection leave is MLflow's
        "    told = []\n"
        "    for function in calls:\n"
        "        call(function)\n"
        "        now = state()\n"
        "        told.append([key for key in now if now[key] != before[key]])\n"
        "answer = [said, told, out.getvalue()]"
    )
    said, changed, printed = told
    assert changed == [[] for _ in said]
    assert printed == ""
    assert [text.partition(":")[0] for text in said if "Error" in text] == [
        *("ConfigError", "ConfigError", "NotFoundError", "ConfigError", "ConfigError"),
        "UnreachableError",
    ]
    assert said[8] == (f"NotFoundError: mnist has no version 7 on {backend}. Its versions: 1.")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "registrar.register('mnist')",
            "there is no uri, and no run of this thread that could have logged a model. Log the ",
        ),
        (
            "with mlflow.start_run():\n    registrar.register('mnist')",
            "the run RUN has logged no model. Log the model first, ",
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.initialize_logged_model(name='m')\n"
                "registrar.register('mnist')"
            ),
            "uri: models:/ID: the logged model ID is PENDING. Finish logging it first.",
        ),
        (
            (
                "with mlflow.start_run():\n    for name in 'ab':\n"
                "        mlflow.log_artifacts('models/mnist', name)\n"
                "registrar.register('mnist')"
            ),
            "several models could be meant: runs:/RUN/a, runs:/RUN/b. Pass one of them as uri.",
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.log_artifacts('models/mnist', 'model')\n"
                "    registrar.register('a/b')"
            ),
            "name: 'a/b' is not a model name: ",
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.log_artifacts('models/mnist', 'model')\n"
                "    registrar.register('mnist', server='sqlite:///other.db')"
            ),
            (
                "the run is tracked at BACKEND, where its model's files are; a version on "
                "sqlite:///other.db would point to files that are not there. Leave server out to "
            ),
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.log_artifacts('models/mnist', 'model')\n"
                "mlflow.set_tracking_uri('sqlite:///other.db')\nregistrar.register('mnist')"
            ),
            "sqlite:///other.db does not have the last run of this process, or its model. ",
        ),
        (
            "registrar.register('mnist', 'models/mnist', metadata={'at': object(), 1: 'x'})",
            (
                "metadata.1: the key 1 is not text. Give its text as the key.\n"
                "metadata.at: a configuration cannot hold a value of type object. "
            ),
        ),
        (
            "registrar.register('mnist', 'models/mnist', aliases='best')",
            "aliases: is text, not a list",
        ),
        (
            "registrar.register('mnist', 'models/mnist', server='http://me:pw@host')",
            "server.tracking_uri: holds a password. ",
        ),
        ("registrar.plan(['mnist'])", "the configuration is a list, not a mapping. Give a dict"),
        ("registrar.apply({'server': {'tracking_uri': 'http://h'}})", "there is no 'model'. Give "),
    ],
)
def test_bad_input_raises_one_exception_and_registers_nothing(
    script: Script, backend: str, mlflow_client: Client, code: str, message: str
) -> None:
    told = script(
        "import mlflow, registrar\n"
        f"try:\n    exec({code!r}, globals())\n    answer = 'no error'\n"
        "except registrar.ConfigError as error:\n"
        "    answer = str(error)\n"
        "    assert error.report.to_dict()['error']['kind'] == 'ConfigError', error.report\n"
    )
    told = re.sub(r"m-[0-9a-f]{32}", "ID", told)
    told = re.sub(r"(?<!m-)[0-9a-f]{32}", "RUN", told).replace(backend, "BACKEND")
    assert told.startswith(message)
    assert list(mlflow_client(backend).search_registered_models()) == []


@pytest.mark.parametrize("why", ["denied", "interrupted"])
def test_an_error_midway_has_a_report_of_what_was_done_and_what_is_left(
    server: str, small_model_repository: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    empty_registry(server)
    monkeypatch.chdir(small_model_repository)
    alias = "registered-models/alias"
    fault = Fault(denied=alias)
    if why == "interrupted":
        fault = Fault("interlude", 1, alias, act=lambda: os.kill(os.getpid(), signal.SIGINT))
    model = {"name": "mnist", "uri": "models/mnist", "aliases": ["champion"]}
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with (
        inject_fault(server, fault) as url,
        pytest.raises((public.IncompleteError, KeyboardInterrupt)) as caught,
    ):
        public.apply({"model": model, "server": {"tracking_uri": url}})
    error = caught.value
    if why == "interrupted":
        assert isinstance(error, KeyboardInterrupt)
        error = error.__cause__  # type: ignore[assignment]
    assert isinstance(error, public.RegistrarError)
    copied = pickle.loads(pickle.dumps(error))  # as a pool of processes gives it on
    assert copied.problems == error.problems
    (outcome,) = copied.report.outcomes
    assert [change.kind for change in outcome.done] == ["model", "version"]
    assert [change.kind for change in outcome.left] == ["alias"]
    assert copied.report.to_dict()["exit_code"] == error.exit_code
    done = public.register("mnist", "models/mnist", aliases=["champion"], server=server)
    assert (done.version, done.aliases) == (1, ("champion",))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_threads_and_processes_that_register_at_once_make_one_version(
    script: Script,
    fork_server: ForkServer,
    backend: str,
    mlflow_client: Client,
    small_model_repository: Path,
) -> None:
    go = small_model_repository / "go"
    code = (
        "import registrar, threading\n"
        "def work(number):\n"
        "    registrar.register('mnist', 'models/mnist', aliases=['champion'])\n"
        "    registrar.register(f'own-{argv[0]}-{number}', 'models/mnist')\n"
        "threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]\n"
        "for one in threads: one.start()\n"
        "for one in threads: one.join()\n"
    )
    processes = [
        fork_server.start(
            *([str(number)], small_model_repository),
            go=go,
            code=code,
            MLFLOW_TRACKING_URI=backend,
            GITHUB_ACTIONS="true",
            GITHUB_WORKFLOW="train",
            GITHUB_JOB=f"job-{number}",
        )
        for number in range(4)
    ]
    go.touch()
    for process in processes:
        ended = process.wait()
        assert (ended.code, ended.err) == (0, "")
    client = mlflow_client(backend)
    (version,) = client.search_model_versions("name = 'mnist'")
    assert content(client, "mnist")["aliases"] == {"champion": int(version.version)}
    assert (version.tags["pipeline_name"], version.tags["ci"]) == ("train", "github")
    names = sorted(model.name for model in client.search_registered_models())
    assert names == ["mnist", *(f"own-{p}-{t}" for p in range(4) for t in range(3))]


def test_provenance_is_written_once_and_never_causes_a_change(
    fork_server: ForkServer,
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Client,
    small_model_repository: Path,
) -> None:
    def git(*words: str) -> str:
        me = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(
            ["git", *me, *words], cwd=small_model_repository, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def register(build: str, **metadata: str) -> None:
        code = f"import registrar\nregistrar.register('mnist', 'models/mnist', metadata={metadata})"
        ended = fork_server.start(
            *([], small_model_repository),
            code=code,
            MLFLOW_TRACKING_URI=backend,
            GITLAB_CI="true",
            CI_JOB_NAME="train",
            CI_PIPELINE_URL=f"https://ci/{build}",
        ).wait()
        assert (ended.code, ended.err) == (0, "")

    git("init", "-q")
    (small_model_repository / ".gitignore").write_text("mlflow.db\nmlruns\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    first = git("rev-parse", "HEAD")
    register("1", lr="0.1", step_name="mine")
    client = mlflow_client(backend)
    born = {
        "lr": "0.1",
        "step_name": "mine",
        "git_commit": first,
        "git_dirty": "false",
        "ci": "gitlab",
        "ci_run": "https://ci/1",
    }
    tags = dict(client.get_model_version("mnist", "1").tags)
    assert {key: tags[key] for key in tags if not key.startswith("registrar_")} == born
    assert json.loads(tags["registrar_managed"]) == ["lr", "step_name"]
    assert json.loads(tags["registrar_provenance"]) == ["ci", "ci_run", "git_commit", "git_dirty"]
    (small_model_repository / ".gitignore").write_text("mlflow.db\nmlruns\nother\n")
    register("2", lr="0.1", step_name="mine")
    git("commit", "-qam", "two")
    register("3", lr="0.1", step_name="mine")
    assert dict(client.get_model_version("mnist", "1").tags) == tags
    (small_model_repository / "configs" / "model" / "mnist.yaml").write_text(
        "{name: mnist, uri: models/mnist, metadata: {lr: 0.1, git_commit: mine}}"
    )
    assert registrar("model=mnist", MLFLOW_TRACKING_URI=backend).code == 0
    assert registrar("check", "model=mnist", MLFLOW_TRACKING_URI=backend).code == 0
    register("4", lr="0.1")
    tags = dict(client.get_model_version("mnist", "1").tags)
    kept = {key: tags.get(key) for key in (*born, "registrar_managed")}
    assert kept == {
        **born,
        "step_name": None,
        "git_commit": None,
        "registrar_managed": '["lr"]',
    }
    assert len(client.search_model_versions("name = 'mnist'")) == 1


def test_the_model_of_a_run_is_found_in_every_form(script: Script, backend: str) -> None:
    made = script(LOG)
    forms = [f"runs:/{made['run']}/model", f"models:/{made['logged']}"]
    told = script(
        "import mlflow, numpy, registrar\n"
        "with mlflow.start_run(run_id=argv[0]):\n"
        "    active = registrar.register('found', aliases=['a'], metadata={'n': numpy.int64(3)})\n"
        "server = argv[1] if argv[1].startswith('http') else 'sqlite:///mlflow.db'\n"
        "last = registrar.register('found', server=server)\n"
        "given = [registrar.register('found', uri) for uri in argv[2:]]\n"
        "answer = [one.to_dict() for one in (active, last, *given)]",
        *(made["run"], f"{backend}/", *forms),
    )
    logged = f"models:/{made['logged']}"
    assert [(one["version"], one["action"]) for one in told] == [
        *((1, "created"), (1, "unchanged"), (2, "created"), (1, "unchanged"))
    ]
    assert [one["source"] == logged for one in told] == [True, True, False, True]
    assert {one["run_id"] for one in told} == {made["run"]}
    assert told[0]["metadata"]["n"] == "3"
    assert told[0]["uri"] == "models:/found/1"
    assert told[0]["server"] == backend


def test_defaults_are_those_of_the_command_line(
    registrar: Callable[..., Result], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for env in (
        {},
        {"MLFLOW_TRACKING_URI": "http://h:1"},
        {"MLFLOW_TRACKING_URI": "http://h:1", "MLFLOW_REGISTRY_URI": "http://r:1"},
    ):
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
            monkeypatch.delenv(name, raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        shown = registrar("--cfg", "job", "--resolve", "-p", "server", "model=mnist", **env).out
        printed = yaml.safe_load(shown)
        assert {key: printed[key] for key in mapping.default_server()} == mapping.default_server()


def test_configurations_of_omegaconf_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    from omegaconf import OmegaConf

    monkeypatch.chdir(ROOT)
    config = OmegaConf.create(
        {"lr": 0.1, "registration": {**CONFIG, "metadata": {"lr": "${lr}", "x": "${oc.env:NOPE_}"}}}
    )
    with pytest.raises(public.ConfigError) as caught:
        public.validate(config.registration)
    assert str(caught.value) == (
        "metadata.x: the environment variable NOPE_ is not set. "
        "Set it, or give a default: ${oc.env:NOPE_,DEFAULT}."
    )
    monkeypatch.setenv("NOPE_", "yes")
    assert public.validate(config.registration) == public.validate({"model": config.registration})
    job = mapping.job_from_mapping(config.registration, "plan")
    assert job.config["model"]["metadata"] == {"lr": 0.1, "x": "yes"}


def test_every_public_name_can_be_imported() -> None:
    assert [name for name in public.__all__ if getattr(public, name, None) is None] == []
    assert set(public.__all__) == set(dir(public))
    with pytest.raises(AttributeError, match="has no attribute 'registre'"):
        public.registre  # noqa: B018
