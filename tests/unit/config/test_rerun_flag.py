"""Hydra's flag that loads a pickle is refused, in each spelling that Hydra takes."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from registrar.cli import main

if TYPE_CHECKING:
    from pathlib import Path


class Touch:
    """What a pickle makes of it when it is loaded: the file `marker`."""

    def __reduce__(self) -> Any:
        return open, ("marker", "w")


@pytest.mark.parametrize(
    "argv",
    [
        ["--experimental-rerun", "config.pickle"],
        ["--experimental-rerun=config.pickle"],
        ["--exp", "config.pickle"],
        ["--e=config.pickle", "model=mnist"],
    ],
    ids=" ".join,
)
def test_no_pickle_is_loaded(
    argv: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.pickle").write_bytes(pickle.dumps(Touch()))
    assert main(["validate", *argv]) == 2
    assert "loads a pickle, which can run code" in capsys.readouterr().err
    assert not (tmp_path / "marker").exists()
