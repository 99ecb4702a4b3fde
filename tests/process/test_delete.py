"""`delete`: the question, the guards, and one deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mlflow.exceptions import MlflowException

from tests.support.proxy import Fault, inject_fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result


@pytest.fixture
def two(repository: Path, registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    """Run a command where mnist has version 1, and 2 with the alias champion."""
    env = {"MLFLOW_TRACKING_URI": backend}
    assert registrar("model=mnist", **env).code == 0
    (repository / "models" / "mnist" / "requirements.txt").write_text("mlflow\n")
    assert registrar("model=mnist", **env).code == 0
    return lambda *words, **more: registrar(*words, **{**env, **more})


def versions(client: Any) -> Any:
    return client.search_model_versions("name='mnist'")


def numbers(client: Any, name: str = "mnist") -> list[int]:
    return sorted(int(v.version) for v in client.search_model_versions(f"name='{name}'"))


def test_a_version_is_deleted_and_then_the_model(
    two: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    client = mlflow_client(backend)
    version = ("delete", "model=mnist", "delete.version=1")
    refused = two(*version)
    assert (refused.code, numbers(client)) == (6, [1, 2])
    assert refused.err == (
        f"mnist: version 1 would be deleted from {backend}, for good, with 1 recorded move of aliases. "
        "The uploaded files stay, unless files=true. Confirm it with yes=true.\n"
    )
    first, second = (v.source for v in sorted(versions(client), key=lambda v: int(v.version)))
    done = two(*version, "delete.yes=true")
    assert (done.code, done.out) == (0, f"Deleted mnist version 1 from {backend}.\n")
    assert f"note: the uploaded files stay in the artifact store: {first};" in done.err
    gap = "has a gap in its history now; recorded moves of aliases that went with it: 1"
    assert f"note: mnist {gap}\n" in done.err
    again = two(*version, "delete.yes=true")
    assert (again.code, again.err) == (
        2,
        f"mnist has no version 1 on {backend}. Its versions: 2.\n",
    )
    typo = two("delete", "name=mnits", "delete.yes=true")
    assert (typo.code, typo.err) == (
        2,
        f"there is no registered model 'mnits' on {backend}. Did you mean 'mnist'?\n",
    )
    assert numbers(client) == [2]

    whole = ("delete", "delete.name=mnist", "delete.yes=true")
    aliased = two(*whole)
    assert (aliased.code, numbers(client)) == (6, [2])
    assert aliased.err == (
        "mnist: aliases point to what would be deleted: champion -> 2. Move them first, or "
        "delete them as well with force=true.\n"
    )
    # The files of version 2 go as well, unless another version has them.
    assert two("model=mnist", "model.name=friend", "model.uri=models:/mnist/2").code == 0
    with_files = (*whole, "delete.force=true", "delete.files=true")
    assert two(*with_files).out == (
        f"  {second} stays: it is used by friend version 1\nDeleted mnist from {backend}.\n"
    )
    # What is declared comes back, without another upload.
    assert two("model=mnist").code == 0
    assert (numbers(client), versions(client)[0].source) == ([1], second)
    client.delete_registered_model("friend")
    assert two(*with_files).out == (
        f"Deleted mnist from {backend}, and 1 upload. 'mlflow gc' on the server frees the space.\n"
    )
    with pytest.raises(MlflowException, match="not found"):
        client.get_logged_model(second.removeprefix("models:/"))
    assert two(*whole).code == 2
    assert client.get_logged_model(first.removeprefix("models:/")).status == "READY"


def test_protected_aliases_owners_and_prompts_are_guarded(
    repository: Path, two: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    client = mlflow_client(backend)
    path = repository / "configs" / "model" / "mnist.yaml"
    path.write_text(path.read_text() + "  protected_aliases: [champion]\nowner: we/here\n")
    two("model=mnist")
    version = ("delete", "model=mnist", "delete.version=2", "delete.yes=true", "delete.force=true")
    protected = two(*version)
    assert (protected.code, numbers(client)) == (6, [1, 2])
    assert "the alias 'champion' is protected and would be deleted. Allow it with" in protected.err
    other = two("delete", "delete.name=mnist", "delete.version=1", "delete.yes=true")
    assert (other.code, numbers(client)) == (6, [1, 2])
    assert "mnist has the owner we/here, and this configuration has none" in other.err
    assert two(*version, "apply.allow_protected=[champion]").code == 0
    assert numbers(client) == [1]
    client.register_prompt("greeting", "hello")
    prompt = two("delete", "delete.name=greeting", "delete.yes=true")
    assert (prompt.code, prompt.err.startswith("'greeting' is the name of a prompt")) == (6, True)
    assert two("delete").err.startswith("no model chosen. Choose one with model=NAME.")


@pytest.mark.parametrize("backend", ["http"], indirect=True)
def test_a_lost_reply_is_no_failure(
    two: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    with inject_fault(backend, Fault("reply lost", at=1)) as proxy:
        words = ("delete", "model=mnist", "delete.version=1", "delete.yes=true")
        done = two(*words, MLFLOW_TRACKING_URI=proxy)
    assert (done.code, numbers(mlflow_client(backend))) == (0, [2])


@pytest.mark.parametrize(
    ("typed", "code", "left"),
    [
        pytest.param(b"y\n", 0, [2], id="yes"),
        pytest.param(b"n\n", 6, [1, 2], id="no", marks=pytest.mark.exhaustive),
        pytest.param(b"\n", 6, [1, 2], id="enter"),
        pytest.param(b"\x04", 6, [1, 2], id="end of input", marks=pytest.mark.exhaustive),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_person_at_a_terminal_is_asked(
    typed: bytes,
    code: int,
    left: list[int],
    repository: Path,
    fork_server: ForkServer,
    two: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    ended, shown = at_a_terminal(fork_server, repository, typed)
    assert "mnist: version 1 would be deleted from sqlite:///mlflow.db, for good, with " in shown
    assert "Delete? [y/N]" in shown
    assert (ended, numbers(mlflow_client(backend))) == (code, left), shown


# A `delete` that has a terminal. `argv[0]` is what is typed, in hexadecimal.
AT_A_TERMINAL = """
import contextlib, os, pty, sys
from registrar.__main__ import run
pid, terminal = pty.fork()
if pid == 0:
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
    sys.argv = ["registrar", "delete", "model=mnist", "delete.version=1"]
    code = run()
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(code)
with contextlib.suppress(OSError):  # the terminal ends with the command
    while block := os.read(terminal, 4096):
        os.write(1, block)
        if block.endswith(b"[y/N] "):
            os.write(terminal, bytes.fromhex(argv[0]))
_, status = os.waitpid(pid, 0)
os._exit(os.waitstatus_to_exitcode(status))
"""


def at_a_terminal(fork_server: ForkServer, repository: Path, typed: bytes) -> tuple[int, str]:
    """Exit code and screen of a `delete` whose question is answered so."""
    process = fork_server.start([typed.hex()], repository, code=AT_A_TERMINAL)
    result = process.wait()
    assert result.err == ""
    return result.code, result.out
