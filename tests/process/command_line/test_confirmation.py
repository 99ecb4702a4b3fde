"""`server.confirm` in a real terminal: the server, the plan, the question, and the answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.registrar_process import environment
from tests.support.terminal import open_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result

ASK = "Apply this to sqlite:///mlflow.db? [y/N] "


def test_a_person_is_asked_and_a_job_says_yes(
    small_model_repository: Path, registrar: Callable[..., Result]
) -> None:
    server = small_model_repository / "configs" / "server" / "sure.yaml"
    server.parent.mkdir(exist_ok=True)
    server.write_text("defaults: [local]\nconfirm: true\n")
    words = ("model=mnist", "server=sure")
    refused = registrar(*words)
    assert refused.code == 6
    assert "sqlite:///mlflow.db wants each change confirmed (server.confirm)." in refused.err
    assert "Confirm it with yes=true." in refused.err
    assert "on sqlite" not in refused.err

    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    with open_terminal(
        ["bash", "--norc", "-i"], small_model_repository, environment(PATH=path, PS1="ready> ")
    ) as it:
        it.type(f"registrar {' '.join(words)}; echo exit ''$?\n")
        it.wait_for(ASK)
        shown = it.shown.replace("\r\n", "\n")
        assert "on sqlite:///mlflow.db\nmnist\n  + registered model  mnist\n" in shown
        it.type("y\n")
        it.wait_for("Applied to sqlite:///mlflow.db: 3 created.")
        it.wait_for("exit 0")
    changed = registrar(*words, "model.description=x", "yes=true")
    assert (changed.code, "1 updated" in changed.out) == (0, True)
