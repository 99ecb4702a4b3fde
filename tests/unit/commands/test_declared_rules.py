"""The rules that `validate` judges a file by, and which version of the file breaks them."""

from __future__ import annotations

from typing import Any

from registrar.commands.declared_rules import judge_declarations
from registrar.config.mapping import job_from_mapping
from registrar.report.notes import note_text

OWNER = {"schema": {"properties": {"owner": {"pattern": "/"}}}}
TEAM = {"message": "name the team", "schema": {"properties": {"tags": {"required": ["team"]}}}}
ENTRIES = [
    {"uri": "s3://b/1", "metadata": {"team": "a"}},
    {"uri": "s3://b/2", "metadata": {"lr": 1}},
    {"uri": "s3://b/3"},
]


def judge(rules: Any, **apply: Any) -> tuple[list[str], list[str]]:
    """The messages of what is refused, and the notes."""
    model = {"name": "m", "versions": ENTRIES}
    config = {"model": model, "server": {}, "policy": rules, "apply": apply}
    refusal, notes = judge_declarations([job_from_mapping(config, "validate")])
    problems = () if refusal is None else refusal.problems
    return [problem.message for problem in problems], [note_text(note) for note in notes]


def test_a_rule_on_the_model_is_judged_once_and_one_on_versions_names_the_version() -> None:
    refused, notes = judge({"owner": OWNER, "team": TEAM, "moves": {**OWNER, "aliases": ["a"]}})
    assert refused == [
        "m breaks the rule 'owner': owner is absent",
        "m breaks the rule 'team' (name the team) in versions[1]: tags.team is absent",
    ]
    assert notes == []


def test_what_only_warns_and_what_is_waived_is_a_note() -> None:
    refused, notes = judge({"owner": OWNER, "team": {**TEAM, "level": "warn"}}, waive=["owner"])
    assert refused == []
    assert notes == [
        "m breaks the rule 'owner': owner is absent (waived)",
        "m breaks the rule 'team' (name the team) in versions[1]: tags.team is absent (only a warning)",
    ]
