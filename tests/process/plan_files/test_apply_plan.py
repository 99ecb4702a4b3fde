"""`apply plan=FILE` performs what was approved, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.process.plan_files.conftest import Team


def test_a_plan_file_is_applied_and_can_be_applied_again(team: Team) -> None:
    document = team.plan()
    assert [model["name"] for model in document["models"]] == ["mnist"]
    assert list(team.repository.glob(".plan.json*")) == []
    result = team.run("apply", "plan=plan.json", "output=json")
    assert result.code == 0, result
    assert result.json["checksum"] == document["checksum"]
    assert result.json["summary"]["create"] == 3
    after = team.content("mnist")
    assert after["aliases"] == {"champion": 1}
    again = team.run("apply", "plan=plan.json")
    assert again.code == 0, again
    assert again.out == "Nothing to do: every change of the plan was made before.\n"
    assert "note: 3 of the approved changes had been made before\n" in again.err
    assert team.content("mnist") == after


def test_other_models_void_no_approval_and_are_not_looked_at(team: Team) -> None:
    team.plan()
    team.write("newcomer")
    result = team.run("apply", "plan=plan.json")
    assert result.code == 0, result
    assert (
        "note: models of the configuration that the plan file does not have: 1; they were ignored"
        in result.err
    )
    assert team.client.search_registered_models()[0].name == "mnist"
    assert len(team.client.search_registered_models()) == 1


def test_a_need_that_was_not_approved_refuses_that_model_and_no_other(team: Team) -> None:
    team.write("one", "metadata: {lr: 1}")
    team.write("two", "metadata: {lr: 1}")
    team.plan()
    assert team.run("apply", "plan=plan.json").code == 0
    team.write("one", "metadata: {lr: 2}")
    team.write("two", "metadata: {lr: 2}")
    team.plan()
    team.write("one", "metadata: {lr: 2, tier: gold}")
    result = team.run("apply", "plan=plan.json")
    assert result.code == 6, result
    assert "one needs a change that was not approved: version 1 metadata.tier gold." in result.err
    assert team.content("one")["versions"][1]["tags"]["lr"] == "1"
    assert team.content("two")["versions"][1]["tags"]["lr"] == "2"


def test_what_the_configuration_no_longer_asks_for_is_not_done(team: Team) -> None:
    team.write("one", "metadata: {lr: 1}")
    assert team.run("apply", "models=all").code == 0
    team.write("one", "metadata: {lr: 2}")
    team.plan()
    team.write("one", "metadata: {lr: 1}")
    result = team.run("apply", "plan=plan.json")
    assert result.code == 6, result
    assert (
        "one: the configuration no longer asks for version 1 metadata.lr 1 -> 2. "
        "Give the overrides that the plan was made with, or plan again for a new approval."
    ) in result.err
    (team.repository / "configs" / "model" / "one.yaml").unlink()
    result = team.run("apply", "plan=plan.json")
    assert result.code == 6, result
    assert "no configuration 'one' declares one, as the plan says." in result.err


def test_a_change_behind_the_plans_back_is_never_overwritten(team: Team) -> None:
    team.write("one", "metadata: {lr: 1}")
    assert team.run("apply", "models=all").code == 0
    team.write("one", "metadata: {lr: 2}", "description: changed")
    team.plan()
    team.client.set_model_version_tag("one", "1", "lr", "theirs")
    before = team.content("one")
    result = team.run("apply", "plan=plan.json")
    assert result.code == 6, result
    assert "one: version 1 metadata.lr is theirs now; somebody has changed it since" in result.err
    assert team.content("one") == before


def test_other_content_than_the_approved_one_is_not_uploaded(team: Team) -> None:
    team.plan()
    weights = team.repository / "models" / "mnist" / "data" / "weights.bin"
    weights.write_bytes(b"other")
    result = team.run("apply", "plan=plan.json")
    assert result.code == 6, result
    assert "mnist needs a change that was not approved: version (new) sha256:" in result.err
    assert team.client.search_registered_models() == []


def test_the_plan_has_its_own_allowances(team: Team) -> None:
    protected = "registered_model: {protected_aliases: [champion]}"
    team.write("one", "aliases: [champion]", protected)
    assert team.run("apply", "models=all").code == 0
    team.write("one", "aliases: [champion]", protected, uri="s3://bucket/new")
    refused = team.run("plan", "models=all", "out=plan.json")
    assert refused.code == 6
    assert not team.path.exists()
    allowed = "allow_protected=champion"
    document = team.plan(allowed)
    assert document["allowances"] == {
        "allow_protected": ["champion"],
        "allow_gates": [],
        "waive": [],
        "allow_takeover": False,
        "allow_mass": False,
    }
    shown = team.run("show", "plan=plan.json", "output=markdown").out
    headline = f"### registrar show: 1 model changes, allowed: `{allowed}`"
    assert shown.splitlines()[1] == headline
    more = team.run("apply", "plan=plan.json", allowed)
    assert more.code == 2
    assert "with plan= the fields allow_* cannot be set" in more.err
    assert team.run("apply", "plan=plan.json").code == 0
    assert team.content("one")["aliases"] == {"champion": 2}


def test_a_plan_is_for_one_server_and_one_checksum(team: Team) -> None:
    document = team.plan()
    other = team.run("apply", "plan=plan.json", "server.registry_uri=sqlite:///other.db")
    assert other.code == 6, other
    assert f"the plan is for {team.uri}, and the server here is sqlite:///other.db." in other.err
    assert not (team.repository / "other.db").exists()
    wrong = team.run("apply", "plan=plan.json", f"checksum=sha256:{'0' * 64}")
    assert wrong.code == 6
    assert f"the checksum of the plan file is {document['checksum']}, not sha256:000" in wrong.err
    assert team.run("apply", "plan=plan.json", f"checksum={document['checksum']}").code == 0


def test_show_prints_all_that_the_plan_printed_without_a_server(team: Team) -> None:
    weights = team.repository / "models" / "mnist" / "data" / "weights.bin"
    team.write("same")
    assert team.run("apply", "models=all").code == 0
    weights.write_bytes(b"other")
    team.write("new", "aliases: [champion]")
    files = ("report.json=report.json", "report.markdown=report.md")
    planned = team.run("plan", "models=all", "out=plan.json", *files)
    markdown, document = team.read_reports()
    shown = team.fork_server.run(
        ["show", "plan=plan.json", *files, "server.tracking_uri=http://127.0.0.1:9"],
        team.repository,
    )
    shown_markdown, shown_document = team.read_reports()
    assert (shown.code, shown.out) == (0, planned.out)
    assert "differs from version 1 in data/weights.bin" in shown.out
    assert planned.err.splitlines()[1:] == shown.err.splitlines()  # the first names the plan file
    assert len(shown.err.splitlines()) == 2
    assert shown_markdown == markdown.replace("### registrar plan", "### registrar show")
    # Of the models without changes the file has their number, and those that have notes.
    document["models"][2]["versions"] = []
    assert document["notes"].pop() == planned.err.splitlines()[0].removeprefix("note: ")
    document = {key: value for key, value in document.items() if value != []}
    assert shown_document == {**document, "command": "show"}
    assert shown_document["checksum"] == team.file["checksum"]


def test_a_plan_with_nothing_to_do_is_applied_too(team: Team) -> None:
    assert team.run("apply", "models=all").code == 0
    document = team.plan()
    assert (document["models"], document["unchanged"]["count"]) == ([], 1)
    shown = team.run("show", "plan=plan.json")
    assert shown.out == "Nothing to do: 1 model matches its configuration.\n"
    result = team.run("apply", "plan=plan.json")
    assert result.code == 0, result
    assert result.out.startswith("Nothing to do")


def test_the_file_holds_no_secret(team: Team) -> None:
    secret = "hunter2-of-the-environment"
    result = team.run("plan", "models=all", "out=plan.json", MLFLOW_TRACKING_PASSWORD=secret)
    assert result.code == 0
    assert secret not in json.dumps(team.file)


def test_a_plan_with_a_secret_in_it_is_not_written(team: Team) -> None:
    secret = "hunter2-of-the-environment"
    result = team.run(
        "plan", "models=all", "out=plan.json", f"model.description={secret}", API_TOKEN=secret
    )
    assert result.code == 2, result
    assert "the plan holds the value of an environment variable that is a secret." in result.err
    assert secret not in result.err
    assert not team.path.exists()


@pytest.mark.exhaustive  # a law of plan files says so too
def test_equal_changes_have_equal_checksums_whatever_else_was_merged(team: Team) -> None:
    team.write("one", "metadata: {lr: 1}")
    assert team.run("apply", "models=all").code == 0
    team.write("one", "metadata: {lr: 2}")
    checksum = team.plan()["checksum"]
    alone = team.run("plan", "models=[one]", "output=json").json["checksum"]
    single = team.run("plan", "model=one", "output=json").json["checksum"]
    assert checksum == alone == single
    team.write("newcomer")
    assert team.run("apply", "models=[newcomer]").code == 0
    assert team.run("apply", "models=all", f"checksum={checksum}").code == 0
    assert team.content("one")["versions"][1]["tags"]["lr"] == "2"
