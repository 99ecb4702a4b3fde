"""Protection on the server: no change of a file, and no other command, lifts it in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

    Client = Callable[[str], Any]

ALLOWED = "apply.allow_protected=[champion]"
LIFTED = (
    "configs/model/mnist.yaml: mnist: the alias 'champion' is protected and would lose its protection. "
    "Allow it with allow_protected=champion.\n"
)


def edit(repository: Path, **parent: Any) -> None:
    """Write the fields of the registered model in the file of mnist."""
    path = repository / "configs" / "model" / "mnist.yaml"
    path.write_text(
        yaml.safe_dump({**yaml.safe_load(path.read_text()), "registered_model": parent})
    )


@pytest.fixture
def protected(
    small_model_repository: Path, registrar: Callable[..., Result], backend: str
) -> Callable[..., Result]:
    """Run a command where mnist has version 1 with the protected alias champion."""
    edit(small_model_repository, protected_aliases=["champion"])
    env = {"MLFLOW_TRACKING_URI": backend}
    done = registrar("model=mnist", **env)
    assert done.code == 0, done.err
    return lambda *words, **more: registrar(*words, **{**env, **more})


def test_who_lifts_a_protection_and_moves_the_alias_is_refused(
    small_model_repository: Path,
    protected: Callable[..., Result],
    backend: str,
    mlflow_client: Client,
) -> None:
    repository = small_model_repository
    (repository / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"other")
    guarded = protected("plan", "model=mnist", "output=json")
    edit(repository, protected_aliases=[])
    lifted = protected("plan", "model=mnist", "output=json")
    assert (guarded.code, lifted.code) == (6, 6)
    assert guarded.json["checksum"] != lifted.json["checksum"]
    shown = protected("plan", "model=mnist")
    assert '  ~ registered model  protected_aliases  ["champion"] -> []\n' in shown.out
    assert LIFTED in shown.err
    assert "would move from version 1 to a new version" in shown.err
    edit(repository)  # the field left out: nothing is lifted, and the alias stays where it is
    left_out = protected("plan", "model=mnist")
    assert left_out.code == 6
    assert "registered_model.protected_aliases is left out: the server still protects champion" in (
        left_out.err
    )
    client = mlflow_client(backend)
    assert content(client, "mnist")["aliases"] == {"champion": 1}
    edit(repository, protected_aliases=[])
    assert protected("model=mnist", ALLOWED).code == 0
    model = content(client, "mnist")
    assert (model["aliases"], model["tags"]["registrar_protected"]) == ({"champion": 2}, "[]")
    assert protected("check", "model=mnist").code == 0


def test_a_model_from_before_gets_its_protection_with_the_first_apply(
    protected: Callable[..., Result], backend: str, mlflow_client: Client
) -> None:
    client = mlflow_client(backend)
    client.delete_registered_model_tag("mnist", "registrar_protected")
    assert protected("check", "model=mnist").code == 3
    done = protected("model=mnist")
    assert (done.code, done.out.splitlines()[1]) == (
        0,
        '  + registered model  protected_aliases  ["champion"]',
    )
    assert protected("model=mnist").out.startswith("Nothing to do")


def test_other_commands_honour_what_the_server_protects(
    small_model_repository: Path,
    protected: Callable[..., Result],
    backend: str,
    mlflow_client: Client,
) -> None:
    whole = ("delete", "delete.name=mnist", "delete.yes=true", "delete.force=true")
    deleted = protected(*whole)
    assert (deleted.code, deleted.err.count("is protected and would be deleted")) == (6, 1)
    edit(small_model_repository)
    version = ("delete", "model=mnist", "delete.version=1", "delete.yes=true", "delete.force=true")
    assert protected(*version).code == 6

    other = small_model_repository / "configs" / "model" / "other.yaml"
    other.write_text("name: other\nuri: models/mnist\n")
    (small_model_repository / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"other")
    assert protected("model=other").code == 0
    words = ("promote", "model=other", "promote.version=1", "promote.as=mnist")
    promoted = protected(*words, "promote.aliases=[champion]")
    assert (promoted.code, "would move from version 1 to a new version" in promoted.err) == (
        6,
        True,
    )
    assert content(mlflow_client(backend), "mnist")["aliases"] == {"champion": 1}
    assert protected(*words, "promote.aliases=[champion]", ALLOWED).code == 0
    # A promotion to a new name takes the protection along.
    words = ("promote", "model=mnist", "promote.version=1", "promote.as=live")
    assert protected(*words).code == 0
    live = mlflow_client(backend).get_registered_model("live")
    assert live.tags["registrar_protected"] == '["champion"]'
    assert protected(*whole, ALLOWED).code == 0


def test_python_code_honours_what_the_server_protects(
    small_model_repository: Path,
    protected: Callable[..., Result],
    script: Callable[..., Any],
    backend: str,
    mlflow_client: Client,
) -> None:
    assert protected("check", "model=mnist").code == 0
    (small_model_repository / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"other")
    answer = script(
        "import registrar\n"
        "try:\n"
        "    registrar.register('mnist', 'models/mnist', aliases=['champion'])\n"
        "except registrar.RegistrarError as error:\n"
        "    answer = [type(error).__name__, str(error)]\n"
    )
    assert answer[0] == "RefusedError"
    assert "the alias 'champion' is protected" in answer[1]
    assert answer[1].endswith(" Allow it with the argument allow_protected.")
    answer = script(
        "import registrar\n"
        "more = {'protected_aliases': ['live']}\n"
        "registrar.register('mnist', 'models/mnist', aliases='shadow', registered_model=more)\n"
        "allowed = registrar.register('mnist', aliases=['shadow', 'champion'],"
        " uri='models/mnist', allow_protected=['champion'])\n"
        "answer = allowed.aliases\n"
    )
    assert answer == ["champion", "shadow"]
    model = content(mlflow_client(backend), "mnist")
    assert model["tags"]["registrar_protected"] == '["champion","live"]'
    answer = script(
        "import registrar\n"
        "model = {'name': 'mnist', 'uri': 's3://bucket/y', 'verify': False, 'aliases': ['champion']}\n"
        "try:\n"
        "    registrar.apply(model)\n"
        "except registrar.RegistrarError as error:\n"
        "    refused = [type(error).__name__, str(error)]\n"
        "allowed = {'model': model, 'apply': {'allow_protected': ['champion']}}\n"
        "answer = [refused, registrar.apply(allowed).exit_code]\n"
    )
    assert answer[0][0] == "RefusedError"
    assert "the alias 'champion' is protected" in answer[0][1]
    assert answer[1] == 0
    assert content(mlflow_client(backend), "mnist")["aliases"] == {"champion": 3, "shadow": 2}


def test_a_dump_declares_the_protection(
    small_model_repository: Path, protected: Callable[..., Result]
) -> None:
    assert protected("dump", "dump.name=mnist", "dump.force=true").code == 0
    path = small_model_repository / "configs" / "model" / "mnist.yaml"
    declared = yaml.safe_load(path.read_text())["registered_model"]
    assert declared["protected_aliases"] == ["champion"]
    assert protected("check", "model=mnist").code == 0
    shown = protected("show", "show.name=mnist", "output=json").json
    assert shown["models"][0]["protected_aliases"] == ["champion"]
    assert "protected champion" in protected("show", "show.name=mnist").out


def test_an_owner_on_the_command_line_wins_over_the_file(
    small_model_repository: Path,
    protected: Callable[..., Result],
    script: Callable[..., Any],
    backend: str,
    mlflow_client: Client,
) -> None:
    path = small_model_repository / "configs" / "model" / "mnist.yaml"
    assert protected("models=all", "owner=crm/models").code == 0
    assert content(mlflow_client(backend), "mnist")["tags"]["registrar_owner"] == "crm/models"
    declared = yaml.safe_load(path.read_text())
    # The owner in a file is a text that anybody can copy.
    path.write_text(yaml.safe_dump({**declared, "owner": "crm/models", "description": "Mine."}))
    refusal = (
        "configs/model/mnist.yaml: mnist has the owner crm/models, and this configuration has the owner other/team. "
        "Change the model there, or take it over with allow_takeover=true.\n"
    )
    for command in ("plan", "apply"):
        refused = protected(command, "models=all", "owner=other/team")
        assert (refused.code, refused.err) == (6, refusal)
    path.write_text(yaml.safe_dump({**declared, "owner": "somebody/else", "description": "Ours."}))
    words = ("delete.version=1", "delete.yes=true", "delete.force=true", ALLOWED)
    assert protected("delete", "model=mnist", "owner=other/team", *words).code == 6
    assert protected("models=all", "owner=crm/models").code == 0
    assert protected("check", "models=all", "owner=crm/models").code == 0
    answer = script(
        "import registrar\n"
        "answer = []\n"
        "for owner in (None, 'other/team', 'crm/models'):\n"
        "    try:\n"
        "        made = registrar.register('mnist', 'models/mnist', aliases=['best'], owner=owner)\n"
        "        answer.append(made.aliases)\n"
        "    except registrar.RefusedError as error:\n"
        "        answer.append(error.problems[0].code)\n"
    )
    assert answer == ["other-owner", "other-owner", ["best", "champion"]]
    unset = protected("plan", "models=all", "owner=")  # a variable of the CI system without a value
    assert (unset.code, unset.err) == (2, "override 'owner=': owner: is empty. Give a value.\n")
    assert protected("delete", "model=mnist", "owner=crm/models", *words).code == 0
