"""A machine with no home, no disk space, no temporary folder: one clear line and the exit code."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.registrar_process import Result

NOBODY = ["unshare", "--user", "--map-user=12345"]  # a user without an entry in /etc/passwd
FULL = "/dev/full"


def _command(*argv: str, before: tuple[str, ...] = (), **options: Any) -> Any:
    env = environment(**options.pop("env", {}))
    for name in options.pop("without", ()):
        env.pop(name, None)
    return subprocess.run(
        [*before, sys.executable, "-m", "registrar", *argv],
        env=env,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=120,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=options.pop("stderr", subprocess.PIPE),
        **options,
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        # To mount needs root; on a disk of the usual size nothing gets full.
        pytest.skip("this user cannot mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", None])
def test_a_user_without_a_home(repository: Path, database: str, uri: str | None) -> None:
    if subprocess.run([*NOBODY, "true"], check=False, capture_output=True).returncode != 0:
        # Some systems forbid it to all but root; only there the user `nobody` can be played.
        pytest.skip("this user cannot make a user namespace")
    done = _command(
        *("plan", "model=mnist", "server.timeout=1"),
        before=tuple(NOBODY),
        cwd=repository,
        env={"MLFLOW_TRACKING_URI": uri or database},
        without=("HOME",),
    )
    assert done.returncode == (0 if uri is None else 4), done.stderr
    assert "Traceback" not in done.stderr


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    before = ("sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh")
    env = {"GITHUB_WORKSPACE": str(tmp_path)}
    done = _command("validate", "model=x", before=before, cwd=tmp_path / "gone", env=env)
    assert done.returncode == 2
    assert done.stderr == "the current folder is gone. Go to another one.\n"


@pytest.mark.parametrize(
    ("argv", "is_stderr_full"),
    [
        (["validate", "model=mnist"], False),
        (["validate", "model=mnist"], True),
        (["--help"], False),
        pytest.param(["--help"], True, marks=pytest.mark.exhaustive),
        (["--version"], False),
        pytest.param(["--version"], True, marks=pytest.mark.exhaustive),
    ],
)
def test_a_full_output_is_told_on_stderr(
    repository: Path, argv: list[str], is_stderr_full: bool
) -> None:
    with Path(FULL).open("w") as full:
        stderr = full if is_stderr_full else subprocess.PIPE
        done = _command(*argv, cwd=repository, stdout=full, stderr=stderr)
    assert done.returncode == 2
    if not is_stderr_full:
        assert done.stderr.startswith("the output")
        assert "cannot be written: No space left on device." in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_full_stderr_does_not_change_the_exit_code(repository: Path) -> None:
    with Path(FULL).open("w") as full:
        done = _command("validate", "model=x", cwd=repository, stdout=subprocess.PIPE, stderr=full)
    assert done.returncode == 2


@pytest.mark.exhaustive
def test_a_full_disk_leaves_nothing_of_a_dump(
    repository: Path, database: str, mlflow_client: Callable[[str], Any]
) -> None:
    client = mlflow_client(database)
    for name in ("a", "b", "large"):
        client.create_registered_model(name, description="x" * (4000 if name == "large" else 10))
    old = repository / "out" / "a.yaml"
    old.parent.mkdir()
    old.write_text("name: a\n")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    env = {"MLFLOW_TRACKING_URI": database}
    argv = ("dump", "dump.dir=out/new", "dump.force=true")
    done = _command(*argv, cwd=repository, env=env, preexec_fn=limit)
    assert done.returncode == 6, done.stderr
    assert done.stderr == (
        "out/new/large.yaml cannot be written: File too large. Check the folder. "
        "No file was written.\n"
    )
    assert [path.name for path in (repository / "out").iterdir()] == ["a.yaml"]
    done = _command(*argv[:1], "dump.dir=out", argv[2], cwd=repository, env=env, preexec_fn=limit)
    assert done.returncode == 6, done.stderr
    assert [path.name for path in (repository / "out").iterdir()] == ["a.yaml"]
    assert old.read_text() == "name: a\n"


@pytest.mark.exhaustive
def test_a_full_temporary_folder_is_named_by_a_copy_and_not_needed_by_verify(
    small_disk: Path, repository: Path, server: str
) -> None:
    (repository / "models" / "mnist" / "weights.bin").write_bytes(b"x" * 200_000)
    (repository / "configs" / "model" / "mnist.yaml").write_text(
        "name: full-disk\nuri: models/mnist\n"
    )
    env = {"MLFLOW_TRACKING_URI": server}
    assert _command("model=mnist", cwd=repository, env=env).returncode == 0
    env["TMPDIR"] = str(small_disk)
    verified = _command("verify", "verify.name=full-disk", cwd=repository, env=env)
    assert verified.returncode == 0, verified.stderr
    option = repository / "configs" / "server" / "copy.yaml"
    option.parent.mkdir(exist_ok=True)
    option.write_text(f"tracking_uri: sqlite:///{repository}/copy.db\n")
    words = ("promote", "name=full-disk", "version=1", "to=server/copy")
    done = _command(*words, cwd=repository, env=env)
    assert done.returncode == 2, done.stderr
    assert "cannot be written: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lock_file_of_somebody_else(
    registrar: Callable[..., Result], repository: Path, database: str
) -> None:
    path = repository / "mlflow.db"
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]
    lock = Path(tempfile.gettempdir()) / f"registrar-{os.getuid()}-{name}.lock"
    lock.unlink(missing_ok=True)
    lock.symlink_to("/etc/passwd")
    try:
        done = registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=database)
    finally:
        lock.unlink()
    assert done.code == 2
    assert done.err.startswith(f"the lock file {lock} cannot be used: ")
    assert done.err.endswith("Remove it, or name another folder in TMPDIR.\n")


def test_no_temporary_folder_for_several_jobs(repository: Path) -> None:
    code = "import tempfile, sys; tempfile._candidate_tempdir_list = lambda: ['/nonexistent']\n"
    code += "from registrar.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "validate", "--multirun", "model=mnist"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        "there is no folder that temporary files can be written to. "
        "Free some space, or name one in TMPDIR.\n"
    )
