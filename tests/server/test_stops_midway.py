"""A server that fails in the middle of an apply: 5 only where running it again can help."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.proxy import Fault, Reply, inject_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result

ALIAS = "/registered-models/alias"  # the last write, after the model, its files and its version
UPLOAD = "/requirements.txt"  # after the model
AGAIN = "Stopped midway; run it again to finish."
FOR_GOOD = (
    "Stopped midway, and running it again stops at the same place. "
    "When the problem is solved, the same command makes the changes that are left."
)


def reply(status: int, code: str, message: str) -> Reply:
    """Return an error as an MLflow server gives it."""
    text = json.dumps({"error_code": code, "message": message})
    return Reply(status, text, "application/json")


CASES = {
    "no permission": (ALIAS, reply(403, "PERMISSION_DENIED", "no"), 4, "refuses: no."),
    "quota of files": (UPLOAD, Reply(413, "too large"), 6, "does not accept the request: 413"),
    "unavailable": (ALIAS, Reply(503, "down"), 5, "answers with an error: 503 down"),
    "not found": (ALIAS, reply(404, "RESOURCE_DOES_NOT_EXIST", "gone"), 5, "gone."),
    "invalid": (ALIAS, reply(400, "INVALID_PARAMETER_VALUE", "bad"), 6, "does not accept"),
    "quota": (ALIAS, reply(429, "QUOTA_EXCEEDED", "100 aliases"), 6, "100 aliases"),
    "a code of its own": (ALIAS, reply(422, "FROZEN", "no writes"), 6, "no writes"),
    "two writers": (ALIAS, reply(409, "ABORTED", "once more"), 5, "409 once more"),
    "disk": (UPLOAD, Reply(507, "full"), 6, "does not accept the request: 507 full"),
    "logged out": (ALIAS, Reply(401, "who?"), 4, "refuses: 401 who?"),
    "a page to log in": (ALIAS, Reply(200, "<html>log in</html>", "text/html"), 4, "HTML page"),
    "too busy": (ALIAS, reply(429, "REQUEST_LIMIT_EXCEEDED", "slow"), 5, "429 slow"),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("case", CASES)
def test_what_another_run_cannot_mend_is_not_5(
    registrar: Callable[..., Result], server: str, case: str
) -> None:
    path, denial, code, reason = CASES[case]
    words = ["model=mnist", "server.timeout=2"]
    with inject_fault(server, Fault(denied=path, denial=denial)) as url:
        stopped = registrar(*words, MLFLOW_TRACKING_URI=url)
        assert stopped.code == code, stopped.err
        assert reason in stopped.err
        assert (AGAIN in stopped.err, FOR_GOOD in stopped.err) == (code == 5, code != 5)
        assert "  done  + registered model  mnist" in stopped.out
        if code != 5:
            again = registrar(*words, MLFLOW_TRACKING_URI=url)
            assert (again.code, reason in again.err) == (code, True), again.err
    finished = registrar(*words, MLFLOW_TRACKING_URI=server)
    assert finished.code == 0, finished.err
