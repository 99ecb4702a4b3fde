"""Every way to set, move or remove an alias leaves one event; `registrar.history` tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.report_schema import check_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCRIPT = """
import registrar, yaml
from omegaconf import OmegaConf
config = yaml.safe_load(open('configs/model/mnist.yaml'))
asks = OmegaConf.create({'policy': {'tagged': {'schema': {'properties': {'tags': {'required': ['lr']}}}}}})
broken = []
for more in ({}, {'waive': 'taged'}, {'policy': {'tagged': {'schema': {'requird': []}}}}):
    try:
        registrar.register('mnist', 'models/mnist', aliases='champion', **{**asks, **more})
    except registrar.RegistrarError as error:
        broken.append(str(error))
registrar.register('mnist', 'models/mnist', aliases=['champion'], waive=['tagged'], **asks)
registrar.apply({'model': {**config, 'aliases': ['champion', 'other']}})
registrar.apply({'model': {**config, 'aliases': ['champion']}})
registrar.apply({'model': {**config, 'aliases': ['champion']}})
judges = {
    'gates': {'champion': {'metrics': {'accuracy': {'min': 0.9}}}},
    'policy': {'owned': {'schema': {'required': ['owner']}}},
}
try:
    registrar.promote('mnist', 1, target='digits', aliases='champion', **judges)
except registrar.RefusedError as error:
    refused = str(error)
allowed = {'allow_gates': 'champion', 'waive': 'owned'}
registrar.promote('mnist', 1, target='digits', aliases='champion', **judges, **allowed)
from mlflow import MlflowClient
MlflowClient().set_model_version_tag('mnist', '1', 'registrar_event_0123456789abcdef', '{')
answer = [registrar.history().to_dict(), registrar.history('mnist', alias='other', at='2020-01-01').to_dict()]
try:
    registrar.history('mnist', alias='othr')
except registrar.NotFoundError as error:
    answer.append(str(error))
answer.append(registrar.delete('digits', force=True).to_dict())
answer += [refused, broken]
"""


def test_scripts_files_and_promotions_leave_one_event_for_each_move(
    script: Callable[..., Any], database: str, small_model_repository: Path
) -> None:
    told, earlier, missing, deleted, refused, broken = script(SCRIPT)
    for document in (told, earlier, deleted):
        check_document(document)
    (note,) = told["notes"]
    assert note.startswith("mnist version 1 has records of moves that somebody has changed")
    assert "registrar_event_0123456789abcdef" in note
    digits, mnist = told["models"]
    assert [(m["alias"], m["from"], m["to"], m["state"]) for m in mnist["moves"]] == [
        ("champion", None, 1, "made"),
        ("other", None, 1, "made"),
        ("other", 1, None, "made"),
    ]
    assert mnist["moves"][0]["waived"] == ["tagged"]
    assert [text.partition(":")[0] for text in broken] == [
        "mnist breaks the rule 'tagged'",
        "apply.waive[0]",
        "policy.tagged.schema.requird",
    ]
    assert "give the name of the rule to the argument waive" in broken[0]
    (move,) = digits["moves"]
    assert (move["from"], move["to"], move["waived"]) == (None, 1, ["owned"])
    assert [verdict["state"] for verdict in move["verdicts"]] == ["allowed", "allowed"]
    assert "the argument allow_gates" in refused
    assert "the argument waive" in refused
    assert [(p["alias"], p["version"]) for p in mnist["aliases"]] == [
        ("champion", 1),
        ("other", None),
    ]
    assert all(move["by"] and move["checksum"] for move in mnist["moves"])
    assert [(model["moves"], model["aliases"]) for model in earlier["models"]] == [([], [])]
    assert "Did you mean 'other'?" in missing
    assert [model["events"] for model in deleted["models"]] == [1]
