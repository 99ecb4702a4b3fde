"""The document that rules are judged on: what is in it, and what is left out."""

from __future__ import annotations

import json
import math
import sys

from jsonschema import Draft202012Validator

from registrar.changes.changes import SetAlias, SetTag
from registrar.changes.plan import ModelPlan
from registrar.config.schema import load_schema
from registrar.policy.evidence_document import evidence_document
from registrar.report import Report
from registrar.report.markdown import as_markdown
from registrar.report.results import Evidence
from registrar.state import (
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)
from registrar.version_evidence import Measurement, MoveEvidence, Signature, VersionEvidence
from tests.support.report_schema import check_document

VALIDATOR = Draft202012Validator(load_schema("evidence.json"))
SOURCE = Source("models/mnist", "sha256:" + "a" * 64)
OLD = ObservedVersion(1, tags={"lr": "1"}, aliases=("champion",))


def plan() -> ModelPlan:
    desired = DesiredModel("mnist", versions=(DesiredVersion(SOURCE, aliases=("champion",)),))
    observed = ObservedModel(
        "mnist",
        "Digits",
        {"team": "vision", "stage": "old"},
        (OLD,),
        owner="vision/mnist",
        protected=("champion",),
    )
    changes = (
        SetTag(None, None, "stage", "old", "new"),
        SetAlias(0, "champion", 1, None),
    )
    return ModelPlan("prod/mnist", desired, observed, (None,), changes)


def measure(
    value: float | None, dataset: str | None = "test", digest: str | None = "d1"
) -> Measurement:
    return Measurement(value, dataset, digest, 3, "logged_model")


def test_a_new_version_and_the_one_that_it_replaces() -> None:
    candidate = VersionEvidence(
        None,
        SOURCE.digest,
        ("sklearn",),
        Signature(inputs=({"type": "double", "name": "x"},)),
        {"accuracy": (measure(0.85),)},
        {"lr": "2", "registrar_digest": SOURCE.digest},
        {"git_commit": "c0ffee"},
    )
    replaced = VersionEvidence(1, None, metrics={"accuracy": (measure(0.8),)})
    document = evidence_document(
        plan(), 0, candidate, [MoveEvidence("champion", 0, candidate, replaced)]
    )
    assert list(VALIDATOR.iter_errors(document)) == []
    measured = {"dataset": "test", "dataset_digest": "d1", "step": 3, "from": "logged_model"}
    assert document == {
        "format": 1,
        "config": "prod/mnist",
        "name": "mnist",
        "owner": "vision/mnist",
        "registered_model": {
            "description": "Digits",
            "tags": {"team": "vision", "stage": "new"},
            "protected_aliases": ["champion"],
        },
        "entry": 0,
        "version": None,
        "source": "models/mnist",
        "description": "",
        "digest": SOURCE.digest,
        "flavors": ["sklearn"],
        "signature": {"inputs": [{"type": "double", "name": "x"}]},
        "metrics": {"accuracy": [{"value": 0.85, **measured}]},
        "tags": {"lr": "2"},
        "provenance": {"git_commit": "c0ffee"},
        "aliases": {
            "champion": {
                "replaces": 1,
                "metrics": {"accuracy": [{"value": 0.8, **measured}]},
                "change": {"accuracy": {"test": 0.05}},
            }
        },
    }


def test_what_nobody_knows_and_what_is_not_finite_is_left_out() -> None:
    unknown = (measure(None), measure(math.nan, "a"), measure(math.inf, "b"), measure(1.0, "c"))
    candidate = VersionEvidence(None, None, metrics={"accuracy": unknown, "loss": unknown[:3]})
    replaced = VersionEvidence(1, None, metrics={"accuracy": (measure(0.5, "c", "other"),)})
    move = MoveEvidence("champion", 0, candidate, replaced)
    document = evidence_document(plan(), 0, candidate, [move])
    assert list(VALIDATOR.iter_errors(document)) == []
    assert not {"digest", "flavors", "signature"} & document.keys()
    assert [value["dataset"] for value in document["metrics"]["accuracy"]] == ["c"]
    assert list(document["metrics"]) == ["accuracy"]
    assert document["aliases"]["champion"]["change"] == {}  # other data


def test_each_content_of_a_dataset_has_its_own_change_and_each_change_is_finite() -> None:
    after = {
        "accuracy": (measure(0.5, "test", "d1"), measure(0.9, "test", "d2")),
        "loss": (measure(1.7e308),),
    }
    before = {
        "accuracy": (measure(0.9, "test", "d1"), measure(0.9, "test", "d2")),
        "loss": (measure(-1.7e308),),
    }
    candidate = VersionEvidence(None, None, metrics=after)
    move = MoveEvidence("champion", 0, candidate, VersionEvidence(1, None, metrics=before))
    document = evidence_document(plan(), 0, candidate, [move])
    assert document["aliases"]["champion"]["change"] == {
        "accuracy": {"test (d1)": -0.4, "test (d2)": 0.0},
        "loss": {"test": sys.float_info.max},
    }


def test_the_first_use_of_an_alias_and_a_model_without_a_version() -> None:
    candidate = VersionEvidence(None, "sha256:x")
    move = MoveEvidence("champion", 0, candidate, None)
    assert evidence_document(plan(), 0, candidate, [move])["aliases"] == {
        "champion": {"replaces": None}
    }
    document = evidence_document(ModelPlan("m", DesiredModel("m"), None, ()), 0, None)
    assert list(VALIDATOR.iter_errors(document)) == []
    assert "version" not in document


def test_the_command_prints_the_documents_for_other_tools() -> None:
    document = evidence_document(ModelPlan("m", DesiredModel("é\u202e"), None, ()), 0, None)
    report = Report("evidence", payload=Evidence(Server("http://host", "http://host"), (document,)))
    check_document(report.to_dict())
    assert report.to_dict()["evidence"] == [document]
    assert str(report).isascii()
    assert json.loads(str(report)) == [document]
    fenced = as_markdown(report).partition("```json\n")[2].partition("\n```")[0]
    assert json.loads(fenced) == [document]
