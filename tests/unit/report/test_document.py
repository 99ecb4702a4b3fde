"""The JSON document that scripts read: plans, outcomes and errors."""

from __future__ import annotations

import json

from registrar.errors import ConfigError, Place, Problem
from registrar.report import Report, render
from tests.unit.report.samples import (
    DIGEST,
    URI,
    declared,
    plan_of,
    report,
    stopped,
)


def test_a_plan_has_its_json_document() -> None:
    planned = report("plan", plan_of(declared(metadata={"lr": "0.003"}), None))
    assert planned.plan is not None
    assert json.loads(render(planned, "json")) == {
        "format": 1,
        "command": "plan",
        "exit_code": 0,
        "server": {"registry_uri": URI, "version": "3.17.2"},
        "models": [
            {
                "config": "mnist",
                "name": "mnist",
                "versions": [
                    {
                        "version": None,
                        "digest": DIGEST,
                        "source": "models/mnist",
                        "action": "create",
                    }
                ],
                "changes": [
                    {
                        "action": "create",
                        "kind": "model",
                        "field": None,
                        "before": None,
                        "after": {
                            "name": "mnist",
                            "description": "Digits",
                            "tags": {
                                "team": "vision",
                                "registrar_managed": '["@champion","team"]',
                            },
                        },
                        "version": None,
                        "entry": None,
                    },
                    {
                        "action": "create",
                        "kind": "version",
                        "field": None,
                        "before": None,
                        "after": {
                            "digest": DIGEST,
                            "source": "models/mnist",
                            "run_id": None,
                            "description": "Two layers",
                            "tags": {
                                "lr": "0.003",
                                "registrar_config": "mnist",
                                "registrar_digest": DIGEST,
                                "registrar_managed": '["lr"]',
                            },
                            "bytes": 512,
                        },
                        "version": None,
                        "entry": 0,
                    },
                    {
                        "action": "create",
                        "kind": "event",
                        "field": "champion",
                        "before": None,
                        "after": {"from": None, "to": None, "digest": DIGEST},
                        "version": None,
                        "entry": 0,
                    },
                    {
                        "action": "create",
                        "kind": "alias",
                        "field": "champion",
                        "before": None,
                        "after": None,
                        "version": None,
                        "entry": 0,
                    },
                ],
                "notes": [],
            }
        ],
        "summary": {
            "create": 3,
            "update": 0,
            "move": 0,
            "remove": 0,
            "adopt": 0,
            "records": 1,
            "unchanged": 0,
        },
        "checksum": planned.plan.checksum,
    }


def test_json_of_an_apply_that_stopped() -> None:
    document = json.loads(render(stopped(), "json"))
    (model,) = document["models"]
    assert model["done"] == model["changes"][:2]
    assert model["left"] == model["changes"][2:]
    assert model["notes"] == [
        "version 1 left an upload that no version needs and that could not be deleted: denied"
    ]
    problem = {
        "code": "example",
        "suggestion": None,
        "file": None,
        "line": None,
        "column": None,
        "path": None,
        "message": "the server went away",
        "hint": "Start it again.",
        "override": None,
    }
    assert model["error"] == {"kind": "UnreachableError", "problems": [problem]}
    assert document["error"]["kind"] == "IncompleteError"
    assert problem in document["error"]["problems"]
    assert document["summary"]["create"] == 2
    assert document["exit_code"] == 5


def test_json_of_an_error_has_nothing_of_a_server() -> None:
    error = ConfigError(
        Problem(
            "example",
            "is not an integer",
            "Quote it.",
            path="model.x",
            place=Place("m.yaml", 3, 7),
        )
    )
    assert json.loads(render(Report("plan", 2, error=error), "json")) == {
        "format": 1,
        "command": "plan",
        "exit_code": 2,
        "error": {
            "kind": "ConfigError",
            "problems": [
                {
                    "code": "example",
                    "suggestion": None,
                    "file": "m.yaml",
                    "line": 3,
                    "column": 7,
                    "path": "model.x",
                    "message": "is not an integer",
                    "hint": "Quote it.",
                    "override": None,
                }
            ],
        },
    }


def test_valid_configurations_in_json() -> None:
    assert json.loads(render(Report("validate", configs=("iris", "mnist")), "json")) == {
        "format": 1,
        "command": "validate",
        "exit_code": 0,
        "models": [{"config": "iris"}, {"config": "mnist"}],
    }
