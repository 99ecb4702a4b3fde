"""`verify` finds changed artifacts, file by file, and says which versions it cannot compare."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result


@pytest.fixture
def stored(
    small_model_repository: Path,
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], Any],
    request: pytest.FixtureRequest,
) -> Path:
    """Where the files of mnist version 1 are on the disk of the database or the server."""
    assert registrar("model=mnist", MLFLOW_TRACKING_URI=backend).code == 0
    uri = urlsplit(mlflow_client(backend).get_model_version_download_uri("mnist", "1"))
    if uri.scheme != "mlflow-artifacts":
        return Path(uri.path)
    tail = uri.path.strip("/").split("/")[-3:]  # models/m-ID/artifacts
    root = request.getfixturevalue("tmp_path_factory").getbasetemp()
    (found,) = {path.resolve() for path in root.glob(f"server*/artifacts/*/{'/'.join(tail)}")}
    return Path(found)


@pytest.fixture
def verify(registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    return lambda *words: registrar("verify", *words, MLFLOW_TRACKING_URI=backend)


def test_one_bit_a_file_added_a_file_gone(
    stored: Path, small_model_repository: Path, verify: Callable[..., Result]
) -> None:
    sound = verify("model=mnist")
    assert (sound.code, sound.err) == (0, "")
    assert sound.out.splitlines()[0].endswith("  2 files as registered")
    assert sound.out.splitlines()[1].endswith(": 0 different, 0 not checked.")

    weights = stored / "data" / "weights.bin"
    content = weights.read_bytes()
    weights.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert differences(verify("verify.name=mnist", "output=json")) == {
        "changed": ["data/weights.bin"],
        "missing": [],
        "added": [],
    }
    (stored / "extra.py").write_text("import os\n")
    (stored / "registered_model_meta").write_text("model_name: mnist\n")  # as loading leaves it
    weights.unlink()
    # The manifest was kept with the upload: the local directory need not be there.
    (small_model_repository / "models" / "mnist" / "MLmodel").write_text("flavors: {}\n")
    refused = verify("verify.name=mnist")
    assert (refused.code, refused.err) == (
        6,
        "mnist version 1: missing: data/weights.bin; added: extra.py.\n",
    )
    assert refused.out.startswith("! mnist version 1  sha256:")
    (stored / "extra.py").unlink()
    (stored / "MLmodel").unlink()
    (stored / "registered_model_meta").unlink()
    assert differences(verify("output=json"))["missing"] == ["MLmodel", "data/weights.bin"]


def differences(refused: Result) -> Any:
    """The files of the only version, from the document of a command that exits 6."""
    assert (refused.code, refused.json["error"]["kind"]) == (6, "RefusedError")
    (version,) = refused.json["versions"]
    assert version["status"] == "different"
    return version["files"]


@pytest.mark.exhaustive
def test_loading_a_model_is_no_difference(
    repository: Path,
    registrar: Callable[..., Result],
    verify: Callable[..., Result],
    script: Callable[..., Any],
    backend: str,
) -> None:
    assert registrar("model=mnist", MLFLOW_TRACKING_URI=backend).code == 0
    script("import mlflow\nmlflow.pyfunc.load_model('models:/mnist/1')\nanswer = 1")
    assert verify("model=mnist").code == 0


REFERENCES = """
import mlflow
from mlflow import MlflowClient
client = MlflowClient()
with mlflow.start_run() as run:
    mlflow.log_artifacts(argv[0], "classic")
    mlflow.log_text("1", "named/build/meta.txt")
logged = mlflow.initialize_logged_model("named", source_run_id=run.info.run_id)
client.log_model_artifacts(logged.model_id, argv[0])
mlflow.finalize_logged_model(logged.model_id, "READY")
client.create_registered_model("hand")
client.create_model_version("hand", "s3://nowhere/x", await_creation_for=0)
client.create_registered_model("odd")
digest = {"registrar_digest": "sha256:" + 64 * "0"}
for source in ("gs://no-package/x", "s3://" + 60 * "x" + "/" + 300 * "y"):
    client.create_model_version("odd", source, tags=digest, await_creation_for=0)
answer = [run.info.run_id, logged.model_id, run.info.artifact_uri]
"""
IN_PLACE = """
from mlflow.artifacts import download_artifacts
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
get_artifact_repository(argv[0]).log_artifact(argv[1])
answer = 1
"""


def test_references_are_compared_by_their_uuid(
    repository: Path,
    registrar: Callable[..., Result],
    verify: Callable[..., Result],
    script: Callable[..., Any],
    backend: str,
) -> None:
    run_id, model_id, artifacts = script(REFERENCES, str(repository / "models" / "mnist"))
    env = {"MLFLOW_TRACKING_URI": backend}
    for name, uri, more in (
        ("classic", f"runs:/{run_id}/classic", ()),
        ("named", f"runs:/{run_id}/named", ()),
        ("logged", f"models:/{model_id}", ()),
        ("unseen", f"runs:/{run_id}/classic", ("+model.verify=false",)),
        ("promoted", "models:/classic/1", ()),
    ):
        done = registrar("model=mnist", f"model.name={name}", f"model.uri={uri}", *more, **env)
        assert done.code == 0, done.err
        beside = "without these files that the run has at that path: 'build'"
        assert (beside in done.err) == (name == "named")
    report = verify("output=json")
    # What cannot be read is told, and stops nothing.
    odd = [one["status"] for one in report.json["versions"] if one["name"] == "odd"]
    assert (report.code, odd) == (4, ["unreadable"] * 2)
    assert verify("verify.name=odd").out.startswith("? odd version 1  sha256:")
    status = {one["name"]: (one["status"], one["detail"]) for one in report.json["versions"]}
    same = "its model_uuid is the one that was registered (a reference: files have no digest)"
    for name in ("classic", "named", "logged", "promoted"):
        assert status[name] == ("same", same), name
    assert status["unseen"][1].startswith("a model is at the registered place")
    assert status["hand"] == (
        "unchecked",
        "registered by hand: there is no digest to compare with",
    )
    # Another model, in the same place.
    other = repository / "other" / "MLmodel"
    other.parent.mkdir()
    text = (repository / "models" / "mnist" / "MLmodel").read_text()
    uuid = next(line for line in text.splitlines() if line.startswith("model_uuid"))
    other.write_text(text.replace(uuid, "model_uuid: 00000000000000000000000000000000"))
    script(IN_PLACE, f"{artifacts}/classic", str(other))
    report = verify("output=json")
    different = [one["name"] for one in report.json["versions"] if one["status"] == "different"]
    assert (report.code, different) == (6, ["classic", "promoted"])


@pytest.mark.exhaustive
def test_memory_is_bounded(repository: Path, database: str) -> None:
    """A file of 300 MB is hashed in no more memory than a small one and a few blocks."""
    small = peak(repository)
    with (repository / "models" / "mnist" / "big.bin").open("wb") as file:
        file.truncate(300_000_000)
    assert peak(repository) < small + 50_000


def peak(repository: Path) -> int:
    """KiB that `apply` and then `verify` take at most."""
    code = (
        "import resource, sys\nfrom registrar.cli import main\n"
        "assert main(['model=mnist']) == 0\nassert main(['verify', 'model=mnist']) == 0\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    scale = 1024 if sys.platform == "darwin" else 1  # bytes there
    return int(done.stderr.split()[-1]) // scale
