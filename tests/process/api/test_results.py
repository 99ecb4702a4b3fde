"""What the functions return and raise is what the command line prints."""

from __future__ import annotations

import os
import pickle
import signal
from typing import TYPE_CHECKING, Any

import pytest

import registrar as public
from tests.support.proxy import Fault, inject_fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

    Script = Callable[..., Any]


def test_results_equal_what_the_command_line_prints(
    script: Script, registrar: Callable[..., Result], backend: str, small_model_repository: Path
) -> None:
    told = script(
        "import registrar, yaml\n"
        "config = yaml.safe_load(open('configs/model/mnist.yaml'))\n"
        "whole = {'model': config, 'server': {'tracking_uri': argv[0]}}\n"
        "plan = registrar.plan(config)\n"
        "assert plan == registrar.plan(whole) and plan.checksum and not plan.in_sync\n"
        "answer = [plan.to_dict(), registrar.validate(config).to_dict()]\n"
        "answer += [registrar.evidence(config).to_dict(), str(plan)]",
        backend,
    )
    for document, command in zip(told, ("plan", "validate", "evidence"), strict=False):
        printed = registrar(command, "model=mnist", "output=json", MLFLOW_TRACKING_URI=backend)
        assert printed.json == document
    text = registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=backend).out
    assert told[3] == text.rstrip("\n")
    approved = told[0]["checksum"]
    applied = script(
        "import registrar, yaml\n"
        "config = yaml.safe_load(open('configs/model/mnist.yaml'))\n"
        "try:\n    registrar.apply({'model': config, 'checksum': 'sha256:' + '0' * 64})\n"
        "except registrar.RefusedError as error:\n    refused = error.report.to_dict()\n"
        "done = registrar.apply({'model': config, 'checksum': argv[0]})\n"
        "answer = [refused, done.to_dict(), registrar.apply(config).to_dict()]",
        approved,
    )
    refused, done, again = applied
    assert (refused["exit_code"], refused["checksum"]) == (6, approved)
    assert done["models"][0]["done"] == done["models"][0]["changes"]
    assert [version["version"] for version in done["models"][0]["versions"]] == [1]
    printed = registrar("model=mnist", "output=json", MLFLOW_TRACKING_URI=backend)
    assert again == printed.json


@pytest.mark.parametrize("why", ["denied", "interrupted"])
def test_an_error_midway_has_a_report_of_what_was_done_and_what_is_left(
    server: str, small_model_repository: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.chdir(small_model_repository)
    alias = "registered-models/alias"
    fault = Fault(denied=alias)
    if why == "interrupted":
        fault = Fault("interlude", 1, alias, act=lambda: os.kill(os.getpid(), signal.SIGINT))
    model = {"name": "mnist", "uri": "models/mnist", "aliases": ["champion"]}
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with (
        inject_fault(server, fault) as url,
        pytest.raises((public.ServerError, KeyboardInterrupt)) as caught,
    ):
        public.apply({"model": model, "server": {"tracking_uri": url}})
    error = caught.value
    if why == "interrupted":
        assert isinstance(error, KeyboardInterrupt)
        error = error.__cause__  # type: ignore[assignment]
    assert isinstance(error, public.RegistrarError)
    copied = pickle.loads(pickle.dumps(error))  # as a pool of processes gives it on
    assert copied.problems == error.problems
    (outcome,) = copied.report.outcomes
    assert [change.kind for change in outcome.done] == ["model", "version", "event"]
    assert [change.kind for change in outcome.left] == ["alias"]
    assert copied.report.to_dict()["exit_code"] == error.exit_code
    done = public.register("mnist", "models/mnist", aliases=["champion"], server=server)
    assert (done.version, done.aliases) == (1, ("champion",))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
