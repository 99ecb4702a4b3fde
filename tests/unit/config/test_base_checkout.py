"""`policy.dir`: what another checkout says holds, whatever the files of this one say."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from registrar.commands.checkout_comparison import with_base_checkout
from registrar.commands.declared_rules import judge_declarations
from registrar.commands.rule_book import list_rules
from registrar.config.arguments import parse_arguments
from registrar.config.base_jobs import with_base_jobs
from registrar.config.compose import compose_jobs
from registrar.config.spec import names_checkout
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError
from registrar.report.notes import note_text

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.config.job import Job

MODEL = "name: m\nuri: s3://b/m\nverify: false\n"
LIMITS = "defaults: [registrar, _self_]\nlimits: {{{}}}\n"


@pytest.fixture(autouse=True)
def _checkouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for checkout in ("head", "base"):
        write(tmp_path / checkout / "configs/model/m.yaml", MODEL)
    monkeypatch.chdir(tmp_path / "head")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def compose(*words: str) -> Job:
    arguments = parse_arguments(["plan", "model=m", "policy.dir=../base", *words])
    composition = compose_jobs(arguments)
    jobs = composition.jobs
    if jobs and names_checkout(jobs[0].config):
        jobs = with_base_jobs(jobs, arguments)
    validate_jobs(jobs, composition.problems)
    return with_base_checkout(jobs)[0]


def refuse(*words: str) -> str:
    with pytest.raises(ConfigError) as caught:
        compose(*words)
    (problem,) = caught.value.problems
    return str(problem)


def test_the_stricter_limit_holds_and_the_laxer_is_named(tmp_path: Path) -> None:
    write(tmp_path / "head/configs/config.yaml", LIMITS.format("removed: 90%, moved_aliases: 5%"))
    write(tmp_path / "base/configs/config.yaml", LIMITS.format("aliases: all, from: 2"))
    job = compose()
    assert job.config["limits"] == {
        "moved_aliases": "5%",
        "removed": "30%",
        "aliases": "all",
        "from": 2,
    }
    assert [note_text(note) for note in job.notes] == [
        "limits.removed is 90% in this checkout, but 30% in ../base; 30% holds",
        "limits.aliases is protected in this checkout, but all in ../base; all holds",
        "limits.from is 10 in this checkout, but 2 in ../base; 2 holds",
    ]


def test_the_command_line_wins_over_both(tmp_path: Path) -> None:
    write(tmp_path / "base/configs/config.yaml", LIMITS.format("removed: 10%"))
    job = compose("limits.removed=80%")
    assert job.config["limits"]["removed"] == "80%"
    assert job.notes == ()


def test_no_file_of_this_checkout_says_where_the_other_one_is(tmp_path: Path) -> None:
    write(tmp_path / "base/configs/config.yaml", LIMITS.format("removed: 10%"))
    write(tmp_path / "base/lax/model/m.yaml", MODEL)
    write(tmp_path / "head/lax/model/m.yaml", MODEL)
    write(tmp_path / "head/pyproject.toml", '[tool.registrar]\nconfig-dir = "lax"\n')
    assert compose().config["limits"]["removed"] == "10%"
    write(tmp_path / "head/configs/config.yaml", "defaults: [registrar]\npolicy: {dir: ../lax}\n")
    assert "policy.dir" in refuse("policy.dir=null", "--config-dir", "configs")


def test_a_flag_names_the_folder_of_both(tmp_path: Path) -> None:
    for checkout, limit in {"head": "90%", "base": "10%"}.items():
        write(tmp_path / checkout / "registry/model/m.yaml", MODEL)
        write(tmp_path / checkout / "registry/config.yaml", LIMITS.format(f"removed: {limit}"))
    assert compose("--config-dir", "registry").config["limits"]["removed"] == "10%"
    write(tmp_path / "head/other/model/m.yaml", MODEL)
    assert refuse("--config-dir", "other") == (
        "override 'policy.dir=../base': policy.dir: '../base' has no folder 'other'. "
        "Name the same folder in another checkout, such as that of the main branch."
    )


@pytest.mark.parametrize(("folder", "what"), [("../none", "no folder '../none'"), ("/", "configs")])
def test_a_folder_that_is_no_checkout_is_refused(folder: str, what: str) -> None:
    assert what in refuse(f"policy.dir={folder}")


def test_what_is_wrong_in_the_other_checkout_is_told_with_its_place(tmp_path: Path) -> None:
    write(tmp_path / "base/configs/config.yaml", LIMITS.format("removed: much"))
    assert refuse().startswith("../base/configs/config.yaml:2:10: limits.removed: 'much' is not")


RULE = "{name}: {{level: {level}, schema: {{properties: {{name: {{pattern: {pattern}}}}}}}}}\n"


def write_rule(checkout: Path, name: str, level: str = "refuse", pattern: str = "^m") -> None:
    primary = "defaults: [registrar, _self_, {override policy: company}]\n"
    write(checkout / "configs/config.yaml", primary)
    path = checkout / "configs/policy/company.yaml"
    before = path.read_text() if path.exists() else ""
    write(path, before + RULE.format(name=name, level=level, pattern=pattern))


def test_the_rules_of_both_hold_and_each_difference_is_named(tmp_path: Path) -> None:
    for name, level, pattern in [
        ("same", "refuse", "^m"),
        ("soft", "warn", "^m"),
        ("new", "refuse", "^m"),
        ("other", "refuse", "^m"),
    ]:
        write_rule(tmp_path / "head", name, level, pattern)
    for name, pattern in [("same", "^m"), ("soft", "^m"), ("other", "^x"), ("gone", "^y")]:
        write_rule(tmp_path / "base", name, "refuse", pattern)
    path = tmp_path / "base/configs/policy/company.yaml"
    path.write_text(path.read_text().replace("same: {level: refuse, ", "same: {"))
    job = compose()
    assert [note_text(note) for note in job.notes] == [
        "policy.soft only warns in this checkout; that of ../base holds",
        "policy.other is another one in this checkout; that of ../base holds",
        "policy.gone is missing in this checkout; that of ../base holds",
    ]
    rules = [(rule.name, rule.checkout) for rule in list_rules(job)]
    assert rules == [
        ("gone", "../base"),
        ("new", None),
        ("other", None),
        ("other", "../base"),
        ("same", None),
        ("soft", None),
        ("soft", "../base"),
    ]
    assert compose("waive=gone").config["apply"]["waive"] == ["gone"]
    assert "no rule 'got'" in refuse("waive=got")
    refusal, _ = judge_declarations([job])
    assert refusal is not None
    assert [str(problem).split(": ")[1] for problem in refusal.problems] == [
        "m breaks the rule 'gone' of policy.dir",
        "m breaks the rule 'other' of policy.dir",
    ]


def test_what_is_wrong_with_a_rule_of_the_other_checkout_is_told_with_its_place(
    tmp_path: Path,
) -> None:
    write_rule(tmp_path / "base", "broken", pattern='"(("')
    assert refuse().startswith("../base/configs/policy/company.yaml:1:")


def test_each_gate_that_is_laxer_is_named_whatever_its_file_is_called(tmp_path: Path) -> None:
    gate = "aliases: [champion]\ngates: {champion: {metrics: {accuracy: {min: %s}}}}\n"
    write(tmp_path / "base/configs/model/other.yaml", MODEL + gate % "0.95")
    (tmp_path / "base/configs/model/m.yaml").unlink()
    write(tmp_path / "head/configs/model/m.yaml", MODEL + gate % "0.9")
    assert [note_text(note) for note in compose().notes] == [
        "m: gates.champion.metrics.accuracy.min is 0.9 in this checkout, but 0.95 in ../base"
    ]
    write(tmp_path / "base/configs/model/other.yaml", "name: [m\n")
    (note,) = compose().notes
    assert note_text(note).startswith(
        "../base has a model that cannot be composed, so no gate was compared with it: ../base/"
    )


def test_a_checkout_may_have_its_configurations_beside_the_models(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "base/configs")
    gates = "gates: {champion: {signature: same}}\n"
    write(tmp_path / "base/models/m/registrar.yaml", f"{MODEL}aliases: [champion]\n{gates}")
    write(tmp_path / "head/configs/config.yaml", LIMITS.format("removed: 90%"))
    assert [note_text(note) for note in compose().notes] == [
        "limits.removed is 90% in this checkout, but 30% in ../base; 30% holds",
        "m: gates.champion is missing in this checkout, but a gate in ../base",
    ]
