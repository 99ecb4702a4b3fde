"""Whatever a server answers: one clear line, soon, in little memory, and never a traceback."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.yaml_loader import load_yaml
from tests.support.hostile_server import LOGGED_MODEL, RUN, run_hostile_server
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

CASES = load_yaml((ROOT / "tests" / "hostile" / "servers.yaml").read_text("utf-8"))
NAMES = {"run": RUN, "logged_model": LOGGED_MODEL}
CANARY = "canary-7c1f-secret"
LONGEST = 60.0  # seconds of a command whose server.timeout is half a second; a hang lasts longer
# A command in little memory: what the process has, and some hundred megabytes more.
LIMITED = """
import os, resource, sys
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 600_000_000, size + 600_000_000))
from registrar.__main__ import run
sys.argv = ["registrar", *argv]
code = run()
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
"""


def run_limited(
    fork_server: ForkServer, repository: Path, url: str, *argv: str, timeout: float = 0.5
) -> tuple[Result, float]:
    """The result of a command in little memory, and how many seconds it took."""
    began = time.monotonic()
    words = [*argv, f"server.tracking_uri={url}", f"server.timeout={timeout}"]
    process = fork_server.start(
        words,
        repository,
        code=LIMITED,
        MLFLOW_TRACKING_USERNAME="me",
        MLFLOW_TRACKING_PASSWORD=CANARY,
    )
    return process.wait(), time.monotonic() - began


def test_a_case_has_known_fields() -> None:
    known = {"name", "at", "reply", "command", "timeout", "code", "says"}
    assert [case["name"] for case in CASES if not set(case) <= known] == []


@pytest.mark.sampled(5)
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_reply_that_no_mlflow_server_gives(
    fork_server: ForkServer, repository: Path, case: dict[str, Any]
) -> None:
    command = [word.format(**NAMES) for word in case.get("command", ["plan", "model=mnist"])]
    timeout = case.get("timeout", 0.5)
    with run_hostile_server({case["at"].format(**NAMES): case["reply"]}) as server:
        result, took = run_limited(fork_server, repository, server.url, *command, timeout=timeout)
    codes = case.get("code", 4)
    assert result.code in (codes if isinstance(codes, list) else [codes]), result.err + result.out
    assert case["says"] in result.err
    assert "Traceback" not in result.err
    assert "bug" not in result.err
    assert "<" not in result.err
    assert CANARY not in result.out + result.err
    assert took < LONGEST + timeout
