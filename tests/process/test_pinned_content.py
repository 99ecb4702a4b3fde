"""A file that says which content it means: with the bytes, with other bytes, and without them."""

from __future__ import annotations

import re
import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.digest import hash_directory
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


@dataclass(frozen=True)
class Bench:
    """A repository whose model has a name of its own on the shared server."""

    repository: Path
    registrar: Callable[..., Result]
    server: str
    client: Any
    name: str

    def run(self, *words: str) -> Result:
        return self.registrar(*words, MLFLOW_TRACKING_URI=self.server)

    def configure(self, config: str, text: str) -> Path:
        file = self.repository / "configs" / "model" / f"{config}.yaml"
        file.write_text(text)
        return file

    def content(self, name: str) -> dict[str, Any]:
        return content(self.client, name)


@pytest.fixture
def bench(
    small_model_repository: Path,
    registrar: Callable[..., Result],
    server: str,
    mlflow_client: Callable[[str], Any],
) -> Bench:
    name = f"pinned-{uuid.uuid4().hex[:8]}"
    return Bench(small_model_repository, registrar, server, mlflow_client(server), name)


def test_a_pinned_model_needs_no_files_and_no_other_bytes_are_registered(bench: Bench) -> None:
    model = bench.repository / "models" / "mnist"
    file = bench.configure(
        "m",
        f"name: {bench.name}\nuri: models/mnist\nmetadata: {{epochs: 5}}\naliases: [champion]\n",
    )
    first = hash_directory(model).digest
    assert f"  + digest: {first}\n" in bench.run("pin", "model=m").out
    assert bench.run("model=m").code == 0

    # Other bytes: refused until they are meant.
    (model / "data" / "weights.bin").write_bytes(b"other weights")
    second = hash_directory(model).digest
    planned = bench.run("plan", "model=m")
    assert planned.err == (
        f"configs/model/m.yaml:3:1: model.digest: models/mnist holds {second[:19]}..., "
        f"the configuration says {first[:19]}... "
        "Run 'registrar pin model=m' if the new content is meant.\n"
    )
    assert (planned.code, planned.out) == (2, "")
    assert bench.run("pin", "model=m").out.endswith("\nPinned 1 model.\n")
    assert bench.run("model=m").code == 0

    # No bytes: the versions are known by their digests.
    mlmodel = (model / "MLmodel").read_bytes()
    shutil.rmtree(bench.repository / "models")
    for command in ("validate", "plan", "check", "apply"):
        done = bench.run(command, "model=m")
        assert (done.code, done.out.startswith(("Nothing to do", "Valid"))) == (0, True), done.err
    assert done.err == (
        f"note: {bench.name}: models/mnist is missing or incomplete on this machine; "
        "the version with its digest is used\n"
    )
    file.write_text(file.read_text().replace(second, first).replace("epochs: 5", "epochs: 7"))
    back = bench.run("model=m")
    assert "  ~ alias champion    2 -> 1\n" in back.out, back.err
    there = bench.content(bench.name)
    assert there["aliases"] == {"champion": 1}
    assert list(there["versions"]) == [1, 2]
    assert there["versions"][1]["tags"]["epochs"] == "7"

    # Pointers, or a part of the files, are no bytes either.
    (model / "data").mkdir(parents=True)
    (model / "MLmodel").write_bytes(mlmodel)
    assert bench.run("check", "model=m").code == 0
    pointer = f"version https://git-lfs.github.com/spec/v1\noid {first}\nsize 1234567\n"
    (model / "data" / "weights.bin").write_text(pointer)
    assert bench.run("check", "model=m").code == 0


def test_content_is_named_by_a_digest_or_a_uri(bench: Bench) -> None:
    name, other = bench.name, f"{bench.name}-other"
    model = bench.repository / "models" / "mnist"
    # Other tests register the same model on this server; this content is this test's alone.
    (model / "owner.txt").write_text(name)
    first = hash_directory(model).digest
    bench.configure("m", f"name: {name}\nuri: models/mnist\naliases: [champion]\n")
    assert bench.run("model=m").code == 0

    # Content that is neither here nor under this name.
    bench.configure("o", f"name: {other}\nuri: models/gone\ndigest: {first}\n")
    unknown = f"sha256:{'0' * 64}"
    bench.configure("l", f"name: l\nversions:\n- uri: models/l\n  digest: {unknown}\n")
    refused = bench.run("plan", "models=[l,o]", "output=json")
    assert refused.code == 2
    assert refused.err == (
        "configs/model/l.yaml:4:3: model.versions[0].digest: models/l with the content "
        f"{unknown[:19]}... is neither here nor under l on {bench.server}. "
        "Get the files (git lfs pull, dvc pull), or correct the digest.\n"
        "configs/model/o.yaml:3:1: model.digest: models/gone with the content "
        f"{first[:19]}... is neither here nor under {other} on {bench.server}. "
        f"It is registered as {name} version 1; write uri: models:/{name}@{first}.\n"
    )
    assert {p["code"] for p in refused.json["error"]["problems"]} == {"unknown-digest"}

    # Under another name a URI by content is a promotion.
    bench.configure("o", f"name: {other}\nuri: models:/{name}@{first[:19]}\n")
    assert bench.run("model=o").code == 0
    version = bench.content(other)["versions"][1]
    assert (version["source"], version["tags"]["registrar_digest"]) == (f"models:/{name}/1", first)
    file = bench.configure("o", f"name: {other}\nuri: models:/{name}@champion # now\n")
    assert bench.run("pin", "model=o").code == 0
    assert file.read_text() == f"name: {other}\nuri: models:/{name}@{first} # now\n"
    assert bench.run("check", "model=o").code == 0
    bench.configure("o", f"name: {other}\nuri: models:/gone@{first}\n")
    gone = bench.run("check", "model=o")  # the version has it, whatever it came from
    assert (gone.code, "models:/gone@sha256:" in gone.err) == (0, True), gone.err
    bench.configure("o", f"name: {other}\nuri: models:/{name}@sha256:000000000000\n")
    missing = bench.run("plan", "model=o")
    assert (missing.code, "has no version with the content sha256:0000" in missing.err) == (2, True)

    bench.configure("o", f"name: {name}\naliases: [x]\nuri: models:/{name}/9\n")
    missing = bench.run("plan", "model=o")
    assert missing.err.startswith(f"configs/model/o.yaml:3:1: model.uri: {name} has no version 9. ")

    # A copy from another server is pinned to what that server has.
    servers = bench.repository / "configs" / "server"
    servers.mkdir()
    (servers / "dev.yaml").write_text(f"tracking_uri: {bench.server}\n")
    copy = f"name: c\nversions:\n- {{uri: 'models:/{name}@champion', from: dev}}\n"
    file = bench.configure("c", copy + f"- uri: models:/{name}/1\n  from: dev\n")
    assert bench.registrar("pin", "model=c", "server=local").code == 0
    pinned = copy.replace("@champion", f"@{first}") + f"- uri: models:/{name}/1\n"
    assert file.read_text() == f"{pinned}  digest: {first}\n  from: dev\n"

    # Under its own name it is that version.
    own = f"models:/{name}@{first[:19]}"
    bench.configure("m", f"name: {name}\nuri: {own}\naliases: [champion, next]\n")
    assert "  + alias next -> 1\n" in bench.run("plan", "model=m").out
    bench.configure("m", f"name: {name}\nuri: models:/{name}/1\ndigest: {first}\n")
    assert bench.run("check", "model=m").code == 0


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
    file = repository / "configs" / "model" / "ref.yaml"
    file.write_text(f"name: ref\nversions:\n- uri: {uri}\n- uri: models:/by-hand/1\n")
    refused = registrar("pin", "model=ref", **env)
    assert (refused.code, refused.err.count("Say pin.place=true to pin the place.")) == (2, 2)
    pinned = registrar("pin", "model=ref", "place=true", **env)
    assert (pinned.code, pinned.out.count(" (a place, whose content can change)\n")) == (0, 2)
    text = file.read_text()
    assert len(re.findall(r"^  digest: ref-sha256:[0-9a-f]{64}$", text, re.MULTILINE)) == 2
    assert registrar("pin", "model=ref", "place=true", **env).out.startswith("Nothing to do")
    assert registrar("model=ref", **env).code == 0
    file.with_name("by-hand.yaml").write_text("name: by-hand\nuri: models:/by-hand/1\n")
    own = registrar("pin", "model=by-hand", "place=true", **env)
    assert own.out == "Nothing to do: by-hand is pinned.\n"  # it gets a digest when it is adopted
    file.write_text(re.sub("ref-sha256:.{10}", "ref-sha256:0123456789", text))
    differs = registrar("plan", "model=ref", **env)
    assert (differs.code, differs.err.count("Run 'registrar pin model=ref pin.place=true'")) == (
        2,
        2,
    )


def test_the_start_of_several_digests_names_none(
    repository: Path,
    database: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    client = mlflow_client(database)
    client.create_registered_model("other")
    for end in "bc":
        tags = {"registrar_digest": f"sha256:{12 * 'a'}{52 * end}"}
        client.create_model_version("other", "s3://bucket/m", tags=tags)
    uri = f"models:/other@sha256:{12 * 'a'}"
    for name in ("new", "other"):
        file = repository / "configs" / "model" / f"{name}.yaml"
        file.write_text(f"name: {name}\nuri: {uri}\naliases: [champion]\n")
    before = content(client, "other")
    refused = registrar("models=all")
    listed = ", ".join(f"sha256:{12 * 'a'}{8 * end}..." for end in "bc")
    assert (refused.code, refused.err) == (
        2,
        "".join(
            f"configs/model/{name}.yaml:2:1: model.uri: sha256:{12 * 'a'} is the start of 2 digests "
            f"of other: {listed} Write more digits.\n"
            for name in ("new", "other")
        ),
    )
    assert content(client, "other") == before
    assert [model.name for model in client.search_registered_models()] == ["other"]
