"""A later `apply`: what has changed is written, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.process.apply.mnist import (
    DESCRIPTION,
    DIGEST,
    NOTHING_TO_DO,
    SIGNATURE,
)
from tests.support.mlflow_server import BACKENDS
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result


@pytest.mark.parametrize("backend", BACKENDS, indirect=True)
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
        "  ~ alias champion    1 -> 2\n      signature  same\n"
        f"Applied to {backend}: 1 created, 1 moved.\n"
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
    moved = "mnist\n  ~ alias champion    2 -> 1\n      signature  same\n"
    assert result.out == f"{moved}Applied to {backend}: 1 moved.\n"
    found = content(client, "mnist")
    assert (set(found["versions"]), found["aliases"]) == ({1, 2}, {"champion": 1})
    assert len(uploads(client, "registrar")) == 2


@pytest.mark.parametrize("backend", BACKENDS, indirect=True)
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
        "  ~ registered model  description  Handwritten digits -> Digits\n"
        "  + registered model  tags.tier  1\n"
        f"  ~ version 1         description  {DESCRIPTION} -> Better words\n"
        "  ~ version 1         metadata.lr  0.003 -> 0.01\n"
        "  + version 1         metadata.seed  7\n"
        "  - version 1         metadata.optimizer  (was Adam)\n"
        "  + alias canary -> 1\n"
        f"Applied to {backend}: 3 created, 3 updated, 1 removed.\n"
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
    assert run().out == NOTHING_TO_DO


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
        "moves": {"champion": [(None, 1), (1, None)]},
        "versions": {
            1: {
                "description": odd,
                "tags": {
                    "lr": "0.003",
                    "mine": odd,
                    "registrar_managed": '["lr"]',
                    "registrar_config": "mnist",
                    "registrar_digest": DIGEST,
                    "registrar_model_signature": SIGNATURE,
                },
                "source": "models:/m-...",
            },
            2: {"description": odd, "tags": {"t": odd}, "source": "s3://elsewhere/model"},
        },
    }
    assert run().out == NOTHING_TO_DO


def test_fields_left_out_are_left_alone(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    run()
    before = content(client, "mnist")
    write(metadata=None, description=None, aliases=None, registered_model=None)
    result = run()
    assert (result.code, result.out) == (0, NOTHING_TO_DO)
    assert content(client, "mnist") == before
