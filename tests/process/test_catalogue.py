"""`catalogue` as a process: a site of a registry that people have filled, and the same from Python."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

FILL = """
from mlflow import MlflowClient
client = MlflowClient()
client.create_registered_model("iris", {"team": "vision"}, "Sees **flowers**\\n<script>alert(1)</script>")
client.create_registered_model("empty")
for accuracy in (0.9, 0.95):
    run = client.create_run("0")
    client.log_param(run.info.run_id, "C", accuracy)
    client.log_metric(run.info.run_id, "accuracy", accuracy)
    client.create_model_version("iris", "s3://b/x", run_id=run.info.run_id, await_creation_for=0)
client.set_registered_model_alias("iris", "champion", "2")
answer = None
"""


def test_the_pages_say_whether_models_are_as_declared(
    registrar: Callable[..., Result], backend: str, small_model_repository: Path
) -> None:
    file = small_model_repository / "configs/model/mnist.yaml"
    gate = "gates: {champion: {metrics: {accuracy: {min: 0.9}}}}"
    file.write_text(file.read_text() + f"metrics: {{accuracy: 0.95}}\n{gate}\n")
    assert registrar("apply", "model=mnist", MLFLOW_TRACKING_URI=backend).code == 0
    page = small_model_repository / "site/models/mnist/index.html"

    done = registrar("catalogue", "model=mnist", MLFLOW_TRACKING_URI=backend)
    assert done.code == 0, done.err
    assert ">as declared<" in page.read_text()
    assert "min 0.9 for champion" in page.read_text()

    file.write_text(file.read_text().replace("0.95", "0.96"))
    (small_model_repository / "models/mnist/notes.txt").write_text("New")
    registrar("catalogue", "model=mnist", MLFLOW_TRACKING_URI=backend)
    assert ">differs from its configuration<" in page.read_text()

    assert registrar("apply", "model=mnist", MLFLOW_TRACKING_URI=backend).code == 0
    registrar("catalogue", "name=mnist", MLFLOW_TRACKING_URI=backend)
    shown = registrar("show", "name=mnist", "output=html", MLFLOW_TRACKING_URI=backend).out
    for text in (page.read_text(), shown):  # the files are those that registrar uploaded
        comparison = text.partition("data-compare>")[2].partition("<script")[0]
        assert re.findall(r'>Files</span></td><th scope="row"><bdi>(.*?)</bdi>', comparison) == [
            "notes.txt"
        ]
        assert "not known" not in comparison

    shutil.rmtree(small_model_repository / "models/mnist")
    done = registrar("catalogue", "model=mnist", MLFLOW_TRACKING_URI=backend)
    assert done.code == 0, done.err
    assert "because plan fails" in done.err
    assert "declared<" not in page.read_text()


def test_a_site_of_a_registry(
    registrar: Callable[..., Result], backend: str, script: Callable[..., Any], repository: Path
) -> None:
    script(FILL)
    site = repository / "site"
    done = registrar("catalogue", "output=json", MLFLOW_TRACKING_URI=backend)

    assert done.code == 0, done.err
    assert done.json["dir"] == "site"
    assert done.json["models"] == [
        {"name": "empty", "file": "models/empty/index.html"},
        {"name": "iris", "file": "models/iris/index.html"},
    ]
    page = (site / "models/iris/index.html").read_text()
    assert "Sees <strong>flowers</strong>" in page
    assert "<script>alert" not in page
    assert 'data-version="2" data-value="0.95"' in page
    assert "# `iris`, version 2" in (site / "models/iris/version-2/card.md").read_text()

    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    again = registrar("catalogue", "tags={team: vision}", MLFLOW_TRACKING_URI=backend)
    assert again.out == f"Wrote pages for 1 model of {backend}: open site/index.html.\n"
    assert not (site / "models/empty").exists()
    assert (site / "models/iris/index.html").read_bytes() == before[site / "models/iris/index.html"]

    page = registrar("show", "name=iris", "output=html", MLFLOW_TRACKING_URI=backend).out
    assert page.startswith("<!doctype html>")
    assert 'data-version="2" data-value="0.95"' in page
    assert 'href="../' not in page
    assert 'href="models/' not in registrar("show", "output=html", MLFLOW_TRACKING_URI=backend).out
    misplaced = registrar("plan", "models=all", "output=html", MLFLOW_TRACKING_URI=backend)
    assert misplaced.code == 2
    assert "html is for lists of show alone" in misplaced.err

    refused = registrar("catalogue", "dir=models", MLFLOW_TRACKING_URI=backend)
    assert refused.code == 2
    assert "models holds other files than a catalogue" in refused.err
    assert registrar("catalogue", "name=irsi", MLFLOW_TRACKING_URI=backend).code == 2
