"""A file that says which content it means: with the bytes, with other bytes, and without them."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

from registrar.content.digest import hash_directory
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


def configure(repository: Path, name: str, text: str) -> None:
    (repository / "configs" / "model" / f"{name}.yaml").write_text(text)


def assert_a_uri_names_content(
    repository: Path,
    registrar: Callable[..., Result],
    env: dict[str, str],
    client: Any,
    digests: tuple[str, str],
) -> None:
    """Under another name it is a promotion, under its own it is that version."""
    first, second = digests
    configure(repository, "other", f"name: other\nuri: models:/mnist@{first[:19]}\n")
    assert registrar("model=other", **env).code == 0
    version = content(client, "other")["versions"][1]
    assert (version["source"], version["tags"]["registrar_digest"]) == ("models:/mnist/1", first)
    configure(repository, "other", "name: other\nuri: models:/mnist@champion # now\n")
    assert registrar("pin", "model=other", **env).code == 0
    assert (repository / "configs/model/other.yaml").read_text() == (
        f"name: other\nuri: models:/mnist@{first} # now\n"
    )
    assert registrar("check", "model=other", **env).code == 0
    configure(repository, "other", f"name: other\nuri: models:/gone@{first}\n")
    gone = registrar("check", "model=other", **env)  # the version has it, whatever it came from
    assert (gone.code, "models:/gone@sha256:" in gone.err) == (0, True), gone.err
    configure(
        repository, "mnist", f"name: mnist\nuri: models:/mnist@{second}\naliases: [champion]\n"
    )
    assert "  ~ alias champion    1 -> 2\n" in registrar("plan", "model=mnist", **env).out
    configure(repository, "mnist", f"name: mnist\nuri: models:/mnist/2\ndigest: {second}\n")
    assert registrar("check", "model=mnist", **env).code == 0
    configure(repository, "other", "name: other\nuri: models:/mnist@sha256:000000000000\n")
    missing = registrar("plan", "model=other", **env)
    assert (missing.code, "mnist has no version with the content sha256:0000" in missing.err) == (
        2,
        True,
    )


def test_a_pinned_model_needs_no_files_and_no_other_bytes_are_registered(
    small_model_repository: Path,
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    repository, env = small_model_repository, {"MLFLOW_TRACKING_URI": backend}
    model = repository / "models" / "mnist"
    first = hash_directory(model).digest
    pinned = registrar("pin", "model=mnist", **env)
    assert (pinned.code, f"  + digest: {first}\n" in pinned.out) == (0, True)
    assert registrar("model=mnist", **env).code == 0

    # Other bytes: refused until they are meant.
    (model / "data" / "weights.bin").write_bytes(b"other weights")
    second = hash_directory(model).digest
    planned = registrar("plan", "model=mnist", **env)
    assert planned.err == (
        f"configs/model/mnist.yaml:4:1: model.digest: models/mnist holds {second[:19]}..., "
        f"the configuration says {first[:19]}... "
        "Run 'registrar pin model=mnist' if the new content is meant.\n"
    )
    assert (planned.code, planned.out) == (2, "")
    assert registrar("pin", "model=mnist", **env).out.endswith("\nPinned 1 model.\n")
    assert registrar("model=mnist", **env).code == 0

    # No bytes: the versions are known by their digests.
    mlmodel = (model / "MLmodel").read_bytes()
    shutil.rmtree(repository / "models")
    for command in ("validate", "plan", "check", "apply"):
        done = registrar(command, "models=all", **env)
        assert (done.code, done.out.startswith(("Nothing to do", "Valid"))) == (0, True), done.err
    assert done.err == (
        "note: mnist: models/mnist is not here, or not whole: "
        "the version with its digest is meant\n"
    )
    file = repository / "configs" / "model" / "mnist.yaml"
    file.write_text(file.read_text().replace(second, first).replace("epochs: 5", "epochs: 7"))
    back = registrar("model=mnist", **env)
    assert "  ~ alias champion    2 -> 1\n" in back.out, back.err
    client = mlflow_client(backend)
    there = content(client, "mnist")
    assert there["aliases"] == {"champion": 1}
    assert list(there["versions"]) == [1, 2]
    assert there["versions"][1]["tags"]["epochs"] == "7"

    # Pointers, or a part of the files, are no bytes either.
    (model / "data").mkdir(parents=True)
    (model / "MLmodel").write_bytes(mlmodel)
    assert registrar("check", "model=mnist", **env).code == 0
    pointer = f"version https://git-lfs.github.com/spec/v1\noid {first}\nsize 1234567\n"
    (model / "data" / "weights.bin").write_text(pointer)
    assert registrar("check", "model=mnist", **env).code == 0

    # Content that is neither here nor under this name.
    configure(repository, "other", f"name: other\nuri: models/gone\ndigest: {first}\n")
    unknown = f"sha256:{'0' * 64}"
    configure(
        repository, "lost", f"name: lost\nversions:\n- uri: models/lost\n  digest: {unknown}\n"
    )
    refused = registrar("plan", "models=all", "output=json", **env)
    assert refused.code == 2
    assert refused.err == (
        "configs/model/lost.yaml:4:3: model.versions[0].digest: models/lost with the content "
        f"{unknown[:19]}... is neither here nor under lost on {backend}. "
        "Get the files (git lfs pull, dvc pull), or correct the digest.\n"
        "configs/model/other.yaml:3:1: model.digest: models/gone with the content "
        f"{first[:19]}... is neither here nor under other on {backend}. "
        f"It is registered as mnist version 1; write uri: models:/mnist@{first}.\n"
    )
    assert {p["code"] for p in refused.json["error"]["problems"]} == {"unknown-digest"}

    assert_a_uri_names_content(repository, registrar, env, client, (first, second))


def test_a_reference_is_pinned_as_a_place_where_that_is_meant(
    small_model_repository: Path,
    registrar: Callable[..., Result],
    backend: str,
    script: Callable[..., Any],
) -> None:
    repository, env = small_model_repository, {"MLFLOW_TRACKING_URI": backend}
    run = script(
        "import mlflow\n"
        "with mlflow.start_run() as run:\n    mlflow.log_artifacts('models/mnist', 'model')\n"
        "mlflow.register_model(f'runs:/{run.info.run_id}/model', 'by-hand')\n"
        "answer = run.info.run_id"
    )
    uri = f"runs:/{run}/model"
    configure(
        repository,
        "ref",
        f"name: ref\nversions:\n- uri: {uri}\n- uri: models:/by-hand/1\n",
    )
    refused = registrar("pin", "model=ref", **env)
    assert (refused.code, refused.err.count("Say pin.place=true to pin the place.")) == (2, 2)
    pinned = registrar("pin", "model=ref", "place=true", **env)
    assert (pinned.code, pinned.out.count(" (a place, whose content can change)\n")) == (0, 2)
    text = (repository / "configs/model/ref.yaml").read_text()
    assert len(re.findall(r"^  digest: ref-sha256:[0-9a-f]{64}$", text, re.MULTILINE)) == 2
    assert registrar("pin", "model=ref", "place=true", **env).out.startswith("Nothing to do")
    assert registrar("model=ref", **env).code == 0
    configure(repository, "by-hand", "name: by-hand\nuri: models:/by-hand/1\n")
    own = registrar("pin", "model=by-hand", "place=true", **env)
    assert own.out == "Nothing to do: by-hand is pinned.\n"  # it gets a digest when it is adopted
    file = repository / "configs/model/ref.yaml"
    file.write_text(re.sub("ref-sha256:.{10}", "ref-sha256:0123456789", text))
    differs = registrar("plan", "model=ref", **env)
    assert (differs.code, differs.err.count("Run 'registrar pin model=ref pin.place=true'")) == (
        2,
        2,
    )
