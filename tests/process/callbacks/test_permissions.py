"""Permissions in the node of a Hydra application: its files cannot give them in strict mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import OmegaConf

from registrar.callbacks import RegisterCallback

if TYPE_CHECKING:
    from pathlib import Path

MODEL = {"name": "digits", "uri": "s3://bucket/x", "verify": False}
GIVEN = {"allow_protected": ["champion"], "allow_takeover": True}
WORDS = (
    "registration.apply.{0}: 'apply.{0}' may be set on the command line only, not in a file. Remove "
    "it, and give it on the command line. Strict mode asks for it: see REGISTRAR_STRICT."
)


def config(permissions: dict[str, Any] | None) -> Any:
    node = {"model": MODEL} if permissions is None else {"model": MODEL, "apply": permissions}
    return OmegaConf.create({"registration": node})


def test_a_node_that_gives_permissions_ends_the_process_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGISTRAR_STRICT", "true")
    callback = RegisterCallback()
    with pytest.raises(SystemExit) as caught:
        callback.on_job_start(config(GIVEN))
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        WORDS.format("allow_protected"),
        WORDS.format("allow_takeover"),
    ]
    # Who skips the first hook is stopped by the second one, which registers nothing.
    result = JobReturn(status=JobStatus.COMPLETED)
    callback.on_job_end(config(GIVEN), result)
    assert result.status is JobStatus.FAILED
    assert "may be set on the command line only" in str(result._return_value)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("strict", "permissions"),
    [
        ("false", GIVEN),
        ("true", {"allow_protected": [], "allow_takeover": False}),
        ("true", {}),
        ("true", None),
    ],
)
def test_a_node_without_permissions_or_on_a_persons_machine(
    strict: str, permissions: dict[str, Any] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGISTRAR_STRICT", strict)
    callback = RegisterCallback()
    callback.on_job_start(config(permissions))
