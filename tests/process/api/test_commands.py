"""The functions for the commands that look at a registry, copy within it, and delete from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

    Script = Callable[..., Any]

CODE = """
import registrar
config = {"name": "mnist", "uri": "models/mnist", "aliases": ["champion"]}
registrar.apply(config)
answer = {"show": registrar.show("mnist").to_dict(), "text": str(registrar.show())}
answer["alias"] = registrar.show("mnist", version="@champion").payload.models[0].versions[0].number
answer["verify"] = registrar.verify("mnist", version=1).exit_code
copy = {"target": "digits", "aliases": "shadow", "allow_protected": "shadow"}
dry = registrar.promote("mnist", "champion", **copy, dry_run=True)
assert not dry.in_sync and dry.outcomes is None
done = registrar.promote("mnist", 1, **copy, checksum=dry.checksum)
answer["promote"] = done.summary["create"]
assert registrar.promote("mnist", "1", target="digits", aliases=["shadow"]).in_sync
answer["dump"] = registrar.dump("dumped", name="dig*").to_dict()["models"][0]["file"]

answer["hints"] = []

def refused(call, *args, **fields):
    try:
        call(*args, **fields)
    except registrar.RegistrarError as error:
        answer["hints"].append(error.problems[0].hint)
        return [type(error).__name__, error.problems[0].code, error.report.command]

answer["refused"] = [
    refused(registrar.show, "mnits"),
    refused(registrar.show, "mnist", order="up"),
    refused(registrar.promote, "mnist", 1),
    refused(registrar.delete, "digits"),
]
answer["repr"] = [repr(registrar.show("mnist")), repr(registrar.verify()), repr(done)]
answer["refused"].append(refused(registrar.promote, "mnist", 1, target="x", checksum=dry.checksum))
answer["repr"].append(repr(registrar.delete("digits", force=True, files=True)))
answer["left"] = [model.name for model in registrar.show().payload.models]
"""


def test_the_functions_do_what_their_commands_do(
    script: Script, registrar: Callable[..., Result], backend: str, small_model_repository: Path
) -> None:
    answer = script(CODE)

    assert (answer["alias"], answer["verify"], answer["promote"]) == (1, 0, 3)
    assert answer["dump"] == "dumped/digits.yaml"
    assert (small_model_repository / answer["dump"]).exists()
    assert answer["hints"][2:4] == [
        "Give it another name with target=..., or another server with to=....",
        "Move them first, or delete them as well with force=True.",
    ]
    assert answer["refused"] == [
        ["NotFoundError", "model-not-found", "show"],
        ["ConfigError", "unknown-value", "show"],
        ["ConfigError", "same-target", "promote"],
        ["RefusedError", "alias-in-use", "delete"],
        ["RefusedError", "checksum-differs", "promote"],
    ]
    assert answer["repr"] == [
        "Result('show', exit_code=0, models=['mnist'])",
        "Result('verify', exit_code=0, models=['digits', 'mnist'])",
        "Result('promote', exit_code=0, models=['digits'], summary={'create': 3, 'records': 1})",
        "Result('delete', exit_code=0, models=['digits'])",
    ]
    assert answer["left"] == ["mnist"]
    printed = registrar("show", "name=mnist", "output=json", MLFLOW_TRACKING_URI=backend)
    assert answer["show"] == printed.json
    table = registrar("show", MLFLOW_TRACKING_URI=backend).out
    assert table.splitlines()[0] == answer["text"].splitlines()[0]
