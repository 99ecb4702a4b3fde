"""`apply`, `plan` and `check` from end to end, on a database and on a server, with one result."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.mlflow_server import BACKENDS, open_backend
from tests.support.registrar_process import ROOT
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

MODEL = ROOT / "models" / "mnist"
DESCRIPTION = yaml.safe_load((ROOT / "configs" / "model" / "mnist.yaml").read_text())["description"]
# The digest as coreutils make it.
PIPE = "find . -type f -printf '%P\\n' | LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 sha256sum | sha256sum"
DONE = subprocess.run(["sh", "-c", PIPE], cwd=MODEL, capture_output=True, text=True, check=True)
WHOLE = f"sha256:{DONE.stdout.split()[0]}"
DIGEST = WHOLE[:19]
FIRST = f"""\
mnist
  + registered model  mnist
      description     Handwritten digits
      tags.team       vision
  + version {{version}} {DIGEST}...  from models/mnist
      description         {DESCRIPTION}
      metadata.lr         0.003
      metadata.epochs     5
      metadata.optimizer  Adam
  + alias champion -> {{alias}}
"""
APPLIED = FIRST.format(version="1        ", alias="1")
PLANNED = FIRST.format(version="(new)    ", alias="(new)")
IN_PLACE = f"Nothing to do: mnist version 1 matches configs/model/mnist.yaml ({DIGEST}...).\n"
PREDICT = """
import mlflow
from sklearn.datasets import load_digits
pixels, digits = load_digits(return_X_y=True)
model = mlflow.pyfunc.load_model(argv[0])
answer = (model.predict(pixels[-200:]) == digits[-200:]).mean()
"""


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Both kinds of registry in every run."""
    return open_backend(request)


@pytest.fixture
def run(registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    """A command on the mnist of the repository, against the backend."""

    def run(*argv: str) -> Result:
        model = () if any(word.startswith("model=") for word in argv) else ("model=mnist",)
        return registrar(*argv, *model, MLFLOW_TRACKING_URI=backend)

    return run


@pytest.fixture
def client(mlflow_client: Callable[[str], Any], backend: str) -> Any:
    return mlflow_client(backend)


@pytest.fixture
def write(repository: Path) -> Callable[..., None]:
    """Fields of configs/model/NAME.yaml changed; None takes one out."""

    def write(config: str = "mnist", /, **fields: Any) -> None:
        path = repository / "configs" / "model" / f"{config}.yaml"
        before = yaml.safe_load(path.read_text()) if path.exists() else {}
        after = {key: value for key, value in {**before, **fields}.items() if value is not None}
        path.write_text(yaml.safe_dump(after, allow_unicode=True))

    return write


@pytest.fixture
def change(repository: Path) -> Callable[[str], None]:
    """The bytes of the model become others: A, B, ..."""

    def change(letter: str) -> None:
        (repository / "models" / "mnist" / "letter.txt").write_text(letter)

    return change


def test_a_first_apply_registers_and_a_second_has_nothing_to_do(
    run: Callable[..., Result], client: Any, backend: str
) -> None:
    first = run()
    assert (first.code, first.err) == (0, "")
    assert first.out == f"{APPLIED}Applied to {backend}: 3 created.\n"
    found = content(client, "mnist")
    assert found == {
        "description": "Handwritten digits",
        "tags": {"team": "vision", "registrar_managed": '["@champion","team"]'},
        "aliases": {"champion": 1},
        "versions": {
            1: {
                "description": DESCRIPTION,
                "tags": {
                    "lr": "0.003",
                    "epochs": "5",
                    "optimizer": "Adam",
                    "registrar_managed": '["epochs","lr","optimizer"]',
                    "registrar_config": "mnist",
                    "registrar_digest": WHOLE,
                },
                "source": "models:/m-...",
            }
        },
    }
    second = run()
    assert (second.code, second.out, second.err) == (0, IN_PLACE, "")
    assert [state for _, state in uploads(client, "registrar")] == ["READY"]


def test_the_registered_model_predicts_digits(
    run: Callable[..., Result], script: Callable[..., Any]
) -> None:
    run()
    assert float(script(PREDICT, "models:/mnist@champion")) > 0.9


def test_plan_writes_nothing(run: Callable[..., Result], client: Any, backend: str) -> None:
    result = run("plan")
    assert (result.code, result.err) == (0, "")
    head, checksum = result.out.split("Checksum ")
    assert head == f"{PLANNED}Plan for {backend}: 3 to create.\n"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", checksum)
    assert list(client.search_registered_models()) == []
    assert client.get_experiment_by_name("registrar") is None


@pytest.mark.parametrize(("command", "code"), [("plan", 0), ("check", 3)])
def test_plan_and_check_create_no_database(
    registrar: Callable[..., Result], repository: Path, command: str, code: int
) -> None:
    assert registrar(command, "model=mnist").code == code
    assert sorted(path.name for path in repository.iterdir()) == ["configs", "models"]


def test_the_embedded_default_creates_its_database_and_nothing_else(
    registrar: Callable[..., Result], repository: Path
) -> None:
    result = registrar("model=mnist")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{APPLIED}Applied to sqlite:///mlflow.db: 3 created.\n"
    names = ["configs", "mlflow.db", "mlruns", "models"]
    assert sorted(path.name for path in repository.iterdir()) == names


def test_apply_leaves_only_what_the_backend_needs(
    run: Callable[..., Result], repository: Path, backend: str
) -> None:
    run()
    run()
    made = {path.name for path in repository.iterdir()} - {"configs", "models"}
    assert made == ({"mlflow.db", "mlruns"} if backend.startswith("sqlite") else set())


def test_check_exits_with_3_on_a_difference_and_with_0_without(
    run: Callable[..., Result], backend: str
) -> None:
    before = run("check")
    assert before.code == 3
    assert f"\n{backend} differs: 3 to create.\n" in before.out
    run()
    after = run("check")
    assert (after.code, after.out) == (0, IN_PLACE)


def test_changed_bytes_create_a_version_and_move_the_alias(
    run: Callable[..., Result], client: Any, change: Callable[[str], None], backend: str
) -> None:
    run()
    before = content(client, "mnist")["versions"][1]
    change("B")
    result = run()
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("mnist\n  + version 2         sha256:")
    assert result.out.endswith(
        f"  ~ alias champion    1 -> 2\nApplied to {backend}: 1 created, 1 moved.\n"
    )
    after = content(client, "mnist")
    assert after["aliases"] == {"champion": 2}
    assert after["versions"][1] == before
    assert set(after["versions"]) == {1, 2}


def test_a_then_b_then_a_again_are_two_versions(
    run: Callable[..., Result], client: Any, change: Callable[[str], None], backend: str
) -> None:
    for letter in "ABA":
        change(letter)
        result = run()
    assert result.out == f"mnist\n  ~ alias champion    2 -> 1\nApplied to {backend}: 1 moved.\n"
    found = content(client, "mnist")
    assert (set(found["versions"]), found["aliases"]) == ({1, 2}, {"champion": 1})
    assert len(uploads(client, "registrar")) == 2


def test_fields_change_in_place(
    run: Callable[..., Result], client: Any, write: Callable[..., None], backend: str
) -> None:
    run()
    write(
        description="Better words",
        metadata={"lr": 0.01, "epochs": 5, "seed": 7},
        aliases=["champion", "canary"],
        registered_model={"description": "Digits", "tags": {"team": "vision", "tier": 1}},
    )
    result = run()
    assert result.code == 0
    assert result.out == (
        "mnist\n"
        '  ~ registered model  tags.registrar_managed  ["@champion","team"] -> '
        '["@canary","@champion","team","tier"]\n'
        "  + registered model  tags.tier  1\n"
        '  ~ version 1         metadata.registrar_managed  ["epochs","lr","optimizer"] -> '
        '["epochs","lr","optimizer","seed"]\n'
        "  ~ version 1         metadata.lr  0.003 -> 0.01\n"
        "  + version 1         metadata.seed  7\n"
        "  ~ registered model  description  Handwritten digits -> Digits\n"
        f"  ~ version 1         description  {DESCRIPTION} -> Better words\n"
        "  + alias canary -> 1\n"
        "  - version 1         metadata.optimizer  (was Adam)\n"
        '  ~ version 1         metadata.registrar_managed  ["epochs","lr","optimizer","seed"] -> '
        '["epochs","lr","seed"]\n'
        f"Applied to {backend}: 3 created, 6 updated, 1 removed.\n"
    )
    found = content(client, "mnist")
    assert (found["description"], found["aliases"]) == ("Digits", {"champion": 1, "canary": 1})
    assert {k: v for k, v in found["tags"].items() if k[:9] != "registrar"} == {
        "team": "vision",
        "tier": "1",
    }
    (version,) = found["versions"].values()
    assert version["description"] == "Better words"
    assert {k: v for k, v in version["tags"].items() if k[:9] != "registrar"} == {
        "lr": "0.01",
        "epochs": "5",
        "seed": "7",
    }
    assert run().out == IN_PLACE


def test_everything_that_the_configuration_does_not_name_stays_byte_for_byte(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    run()
    odd = "  of mine\n\t\u00e9 \U0001f600 "
    client.set_registered_model_tag("mnist", "mine", odd)
    client.set_model_version_tag("mnist", "1", "mine", odd)
    client.set_registered_model_alias("mnist", "mine", "1")
    client.create_model_version("mnist", "s3://elsewhere/model", tags={"t": odd}, description=odd)
    write(metadata={"lr": 0.003}, description=None, aliases=[], registered_model={"tags": {}})
    client.update_registered_model("mnist", odd)
    client.update_model_version("mnist", "1", odd)
    assert run().code == 0
    found = content(client, "mnist")
    assert found == {
        "description": odd,
        "tags": {"mine": odd, "registrar_managed": "[]"},
        "aliases": {"mine": 1},
        "versions": {
            1: {
                "description": odd,
                "tags": {
                    "lr": "0.003",
                    "mine": odd,
                    "registrar_managed": '["lr"]',
                    "registrar_config": "mnist",
                    "registrar_digest": WHOLE,
                },
                "source": "models:/m-...",
            },
            2: {"description": odd, "tags": {"t": odd}, "source": "s3://elsewhere/model"},
        },
    }
    assert run().out == IN_PLACE


def test_fields_left_out_are_left_alone(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    run()
    before = content(client, "mnist")
    write(metadata=None, description=None, aliases=None, registered_model=None)
    result = run()
    assert (result.code, result.out) == (0, IN_PLACE)
    assert content(client, "mnist") == before


def test_an_approved_plan_is_applied_and_another_one_refused(
    run: Callable[..., Result], client: Any, change: Callable[[str], None]
) -> None:
    approved = run("plan", "output=json").json["checksum"]
    change("B")
    refused = run("apply", f"checksum={approved}")
    now = run("plan", "output=json").json["checksum"]
    assert refused.code == 6
    assert refused.err == (
        f"the checksum of the plan is {now}, not {approved}. The registry or the configuration "
        "has changed since: look at the plan again.\n"
    )
    assert list(client.search_registered_models()) == []
    assert client.get_experiment_by_name("registrar") is None
    assert run("apply", f"checksum={now}").code == 0
    assert content(client, "mnist")["aliases"] == {"champion": 1}


def test_json_of_plan_and_apply_hold_the_same_changes_in_the_same_order(
    run: Callable[..., Result], backend: str
) -> None:
    planned, applied = run("plan", "output=json").json, run("apply", "output=json").json
    assert planned["checksum"] == applied["checksum"]
    server = {"registry_uri": backend, "version": metadata.version("mlflow")}
    assert planned["server"] == applied["server"] == server
    (before,), (after,) = planned["models"], applied["models"]
    assert [change["version"] for change in before["changes"]] == [None, None, None]
    assert [change["version"] for change in after["changes"]] == [None, 1, 1]
    alias = after["changes"][2]
    assert (before["changes"][2]["after"], alias["after"]) == (None, 1)
    assert [{**c, "version": None} for c in after["changes"][:2]] == before["changes"][:2]
    assert after["changes"] == after["done"]
    assert after["left"] == []
    (version,) = after["versions"]
    assert (version["version"], version["action"], version["source"]) == (
        1,
        "create",
        "models/mnist",
    )
    summary = {"create": 3, "update": 0, "move": 0, "remove": 0, "adopt": 0, "unchanged": 0}
    assert planned["summary"] == applied["summary"] == summary
    again = run("apply", "output=json").json
    assert (again["exit_code"], again["summary"]) == (0, {**summary, "create": 0, "unchanged": 1})


def test_a_sweep_is_one_run_with_one_summary(
    run: Callable[..., Result], client: Any, write: Callable[..., None], backend: str
) -> None:
    write("other", name="other", uri="models/mnist")
    result = run("apply", "--multirun", "model=mnist,other")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith(f"from models/mnist\nApplied to {backend}: 5 created.\n")
    digests = {
        content(client, name)["versions"][1]["tags"]["registrar_digest"]
        for name in ("mnist", "other")
    }
    assert len(digests) == 1
    again = run("apply", "--multirun", "model=mnist,other")
    assert again.out == "Nothing to do: 2 models match their configuration.\n"


def test_one_invalid_model_stops_the_whole_sweep(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    write("other", name="other", uri="runs:/0123456789abcdef0123456789abcdef/model")
    result = run("apply", "--multirun", "model=mnist,other")
    assert result.code == 2
    assert list(client.search_registered_models()) == []


def test_a_name_with_spaces_quotes_and_unicode(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    name = "L'été des chiffres ☀ %41 (v1)"
    write(name=name)
    assert run().code == 0
    assert run().out.startswith("Nothing to do: L'été des chiffres ☀ %41 (v1) version 1 matches")
    (model,) = client.search_registered_models()
    assert model.name == name
    version = client.get_model_version_by_alias(name, "champion")
    assert (int(version.version), version.tags["optimizer"]) == (1, "Adam")


def test_several_versions_of_one_model(
    run: Callable[..., Result], client: Any, write: Callable[..., None], repository: Path
) -> None:
    shutil.copytree(repository / "models" / "mnist", repository / "models" / "second")
    (repository / "models" / "second" / "letter.txt").write_text("B")
    write(
        uri=None,
        description=None,
        metadata=None,
        aliases=None,
        versions=[
            {"uri": "models/mnist", "aliases": ["old"], "metadata": {"n": 1}},
            {"uri": "models/second", "aliases": ["new"], "description": "second"},
        ],
    )
    assert run().code == 0
    found = content(client, "mnist")
    assert found["aliases"] == {"old": 1, "new": 2}
    assert [v["description"] for v in found["versions"].values()] == ["", "second"]
    assert found["versions"][1]["tags"]["n"] == "1"
    assert run().out == "Nothing to do: mnist matches configs/model/mnist.yaml.\n"


def test_a_configuration_of_the_registered_model_alone(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    write(uri=None, description=None, metadata=None, aliases=None)
    assert run().code == 0
    assert content(client, "mnist") == {
        "description": "Handwritten digits",
        "tags": {"team": "vision", "registrar_managed": '["team"]'},
        "aliases": {},
        "versions": {},
    }
    assert run().out == "Nothing to do: mnist matches configs/model/mnist.yaml.\n"


def test_the_name_of_a_prompt_is_refused(run: Callable[..., Result], client: Any) -> None:
    client.register_prompt("mnist", "Say {{digit}}")
    before = json.dumps(prompt(client), sort_keys=True)
    result = run()
    assert (result.code, result.out) == (6, "")
    assert result.err == (
        "'mnist' is the name of a prompt on this server. Choose another name for the model.\n"
    )
    assert json.dumps(prompt(client), sort_keys=True) == before


def prompt(client: Any) -> dict[str, Any]:
    """The prompt as the registered model that it is."""
    where = "tags.`mlflow.prompt.is_prompt` = 'true'"
    (model,) = client.search_registered_models(where)
    versions = client.search_model_versions(f"name = 'mnist' AND {where}")
    return {
        # MLflow adds the experiment in the background.
        "tags": {k: v for k, v in model.tags.items() if k != "_mlflow_experiment_ids"},
        "aliases": dict(model.aliases),
        "versions": {str(version.version): dict(version.tags) for version in versions},
    }


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_check_reports_what_apply_would_refuse_as_drift(
    registrar: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    client = mlflow_client(backend)
    client.register_prompt("greeting", "hello")
    assert registrar("apply", "model=mnist").code == 0
    client.set_registered_model_tag("mnist", "registrar_owner", "somebody/else")
    words = ("model=mnist", "model.name=greeting")
    for command, code in (("plan", 6), ("apply", 6), ("check", 3)):
        prompt = registrar(command, *words)
        assert (prompt.code, "greeting" in prompt.err) == (code, True), prompt.err
        document = registrar(command, *words, "output=json").json
        assert (document["exit_code"], document["error"]["kind"]) == (code, "RefusedError")
    # An owner is no reason where there is nothing to write; the checksum is one.
    for command, code in (("plan", 6), ("apply", 6), ("check", 3)):
        other = registrar(command, "model=mnist", f"checksum=sha256:{'0' * 64}")
        assert other.code == code, other.err
