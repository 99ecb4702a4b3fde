"""The installed script as a process: imports, bugs, and a full disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.registrar_process import ROOT, command, environment


def script() -> str:
    """The installed console script."""
    found = shutil.which("registrar", path=str(Path(sys.executable).parent))
    assert found is not None
    return found


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["validate", "model=mnist"], 0),
        (["validate", "model=mnits"], 2),
        (["--help"], 0),
        (["model=mnist", "--cfg", "job"], 0),
        (["--info", "searchpath"], 0),
    ],
    ids=str,
)
def test_commands_without_a_server_import_no_mlflow_and_print_no_warning(
    line: list[str], code: int, repository: Path
) -> None:
    program = (
        "import sys; from registrar.__main__ import run; code = run(); "
        "assert not {'mlflow', 'pandas', 'requests'} & set(sys.modules); sys.exit(code)"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *line],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert done.stderr.count("\n") == (1 if code else 0)


def test_a_bug_gives_a_traceback_and_one_json_document(repository: Path) -> None:
    """Here: a library that cannot be imported."""
    broken = repository / "broken" / "urllib3"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ValueError('broken: token=hunter2')\n")

    done = command(
        ["check", "model=mnist", "server.tracking_uri=http://127.0.0.1:9", "output=json"],
        repository,
        PYTHONPATH=f"{broken.parent}{os.pathsep}{ROOT}",
    )

    assert (done.code, done.json["exit_code"]) == (1, 1)
    (problem,) = done.json["error"]["problems"]
    assert problem["message"] == "this is a bug in registrar: ValueError: broken: token=***"
    assert re.fullmatch(
        r"Report it, with the traceback, at (the project's issue page|https://\S+)\.",
        problem["hint"],
    )
    first, *_, last = done.err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last == f"{problem['message']}. {problem['hint']}"


def test_a_bug_is_reported_at_the_address_in_the_metadata(tmp_path: Path) -> None:
    metadata = tmp_path / "mlflow_registrar-0.1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(
        "Metadata-Version: 2.1\nName: mlflow-registrar\nVersion: 0.1.0\n"
        "Project-URL: Homepage, https://example.org\n"
        "Project-URL: Issues, https://example.org/issues\n"
    )
    code = "from registrar.errors import BugError; print(BugError.from_exception(KeyError('x')))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "this is a bug in registrar: KeyError: 'x'. "
        "Report it, with the traceback, at https://example.org/issues.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.sampled(2)
@pytest.mark.parametrize("line", [["--version"], ["--help"], ["show", "output=json"]], ids=" ".join)
def test_an_output_that_cannot_be_written_is_an_error(line: list[str], repository: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "registrar", *line],
            cwd=repository,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert re.match("the output,? .*cannot be written: No space left on device", done.stderr)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_the_end_waits_for_no_thread_that_never_ends() -> None:
    """As those of MLflow's clients do, of a store that is silent or sends without end."""
    program = """
import sys, threading, time, registrar.__main__ as entry
entry.LAST_WAIT = 0.2
def run():
    threading.Thread(target=time.sleep, args=(60,)).start()
    print("the report")
    return 4
entry.run = run
entry.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (4, "the report\n", "")
