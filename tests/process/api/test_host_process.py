"""Calls leave the user's process as it was, and may come from many threads at once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import ForkServer

    Script = Callable[..., Any]
    Client = Callable[[str], MlflowClient]


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
    lambda: registrar.get("mnist", 1, server={"tracking_uri": "http://127.0.0.1:9", "timeout": 0.2}),
]
def call(function):
    try:
        return str(function())
    except registrar.RegistrarError as error:
        return f"{type(error).__name__}: {error}"
"""


def test_calls_leave_the_settings_of_the_process_as_they_were(
    script: Script, backend: str, repository: Path, blank_database: Path
) -> None:
    shutil.copy(blank_database, repository / "elsewhere.db")
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
