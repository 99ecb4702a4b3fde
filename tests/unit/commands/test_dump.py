"""`dump` and signals: no file is left out, and the exit does not say that nothing was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.commands import dump
from registrar.execution.interrupt import Interrupt

if TYPE_CHECKING:
    from pathlib import Path


def test_a_signal_while_files_are_written_takes_effect_after_the_last(tmp_path: Path) -> None:
    interrupt = Interrupt()
    texts = {tmp_path / "a.yaml": "name: a\n", tmp_path / "b.yaml": "name: b\n"}
    interrupt.pending = True
    with pytest.raises(KeyboardInterrupt):
        dump._write_files(texts, tmp_path, interrupt, force=False)
    assert interrupt.writing
    assert {path: path.read_text() for path in tmp_path.glob("*.yaml")} == texts
    assert (tmp_path / "schemas/model.json").exists()
