"""A training script registers the model of its run."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

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


def test_the_training_example_runs(
    script: Script, backend: str, mlflow_client: Client, exhaustive: bool
) -> None:
    last = 2 if exhaustive else 1
    for number in range(1, last + 1):
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
    assert content(client, "iris")["aliases"] == {"challenger": last}
    for made in client.search_model_versions("name = 'iris'"):
        run = client.get_run(made.tags["run_id"]).info
        assert made.run_id == run.run_id
        assert (made.tags["C"], made.tags["max_iter"]) == ("0.5", "500")
        assert float(made.tags["accuracy"]) > 0.9
        link = f"{backend}/#/experiments/{run.experiment_id}/runs/{run.run_id}"
        assert made.tags.get("run_link") == (link if backend.startswith("http") else None)


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
    assert "registrar_managed" not in tags
    assert json.loads(tags["registrar_provenance"]) == sorted(born)
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
        "git_commit": "mine",
        "registrar_managed": '["git_commit","lr"]',
    }
    assert len(client.search_model_versions("name = 'mnist'")) == 1
