"""What people and scripts read: exact text, Markdown and JSON of plans, outcomes and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.errors import ConfigError, IncompleteError, Place, Problem, UnreachableError
from registrar.report import Outcome, Report, error_text, render
from registrar.state import (
    DesiredModel,
    DesiredVersion,
    File,
    Note,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)

URI = "sqlite:///mlflow.db"
SERVER = Server(URI, URI, "3.17.2")
DIGEST = "sha256:3f1c" + "0" * 60
LEFTOVER = Note("leftover-upload", "version 1", {"reason": "denied"})
FILE = File("MLmodel", "/repository/models/mnist/MLmodel", 512)
EVIL = "\x1b[31mred\x1b[0m \x9b31m \x07 \u202etxt.exe | `x`\n- [a](http://b)"


def declared(**fields: Any) -> DesiredModel:
    """The sample of the README."""
    version = DesiredVersion(
        source=Source("models/mnist", DIGEST, directory="/repository/models/mnist", files=(FILE,)),
        description=fields.pop("description", "Two layers"),
        tags=fields.pop("metadata", {"lr": "0.003", "a_rather_long_key": "x"}),
        aliases=("champion",),
        config="mnist",
    )
    return DesiredModel("mnist", "Digits", {"team": "vision"}, (version,))


def held() -> ObservedModel:
    """A server that differs from the sample in every way."""
    first = ObservedVersion(
        1,
        DIGEST,
        "models:/m-1",
        description="One layer",
        tags={"lr": "0.01", "old": "", "a_rather_long_key": "x"},
        aliases=("old",),
        managed=("a_rather_long_key", "lr", "old"),
        config="mnist",
    )
    second = ObservedVersion(2, "sha256:" + "5" * 64, aliases=("champion",))
    managed = ("@champion", "@old", "team")
    return ObservedModel("mnist", "", {"team": "nlp"}, (first, second), managed)


def matching() -> ObservedModel:
    version = declared().versions[0]
    tags = version.tags or {}
    managed = tuple(sorted(tags))
    found = ObservedVersion(1, DIGEST, "m", None, "Two layers", tags, ("champion",), managed)
    return ObservedModel("mnist", "Digits", {"team": "vision"}, (found,), ("@champion", "team"))


def plan_of(desired: DesiredModel, observed: ObservedModel | None) -> ModelPlan:
    return diff("mnist", desired, observed, "configs/model/mnist.yaml")


def report(command: str, *models: ModelPlan, code: int = 0) -> Report:
    return Report(command, code, Plan(SERVER, models))


def stopped() -> Report:
    """An apply that lost its server after two of three changes."""
    whole = plan_of(declared(), None)
    lost = UnreachableError(Problem("example", "the server went away", "Start it again."))
    outcome = Outcome(whole, whole.changes[:2], whole.changes[2:], (LEFTOVER,), lost)
    error = IncompleteError(
        *lost.problems, Problem("example", "Stopped midway; run it again to finish")
    )
    return Report("apply", 5, Plan(SERVER, (whole,)), (outcome,), error)


NEW = """\
mnist
  + registered model  mnist
      description     Digits
      tags.team       vision
  + version (new)     sha256:3f1c00000000...  from models/mnist
      description                 Two layers
      metadata.lr                 0.003
      metadata.a_rather_long_key  x
  + alias champion -> (new)"""


def test_a_plan_for_something_new() -> None:
    planned = report("plan", plan_of(declared(), None))
    assert planned.plan is not None
    assert render(planned, "text") == (
        f"{NEW}\nPlan for {URI}: 3 to create.\nChecksum {planned.plan.checksum}"
    )


def test_an_apply_of_something_new() -> None:
    whole = plan_of(declared(), None)
    done = Report("apply", 0, Plan(SERVER, (whole,)), (Outcome(whole, whole.changes),))
    assert render(done, "text") == f"{NEW}\nApplied to {URI}: 3 created."


def test_a_check_that_finds_every_kind_of_difference() -> None:
    checked = report("check", plan_of(declared(), held()), code=3)
    assert checked.plan is not None
    assert (
        render(checked, "text")
        == f"""\
mnist
  ~ registered model  tags.team  nlp -> vision
  ~ version 1         metadata.lr  0.01 -> 0.003
  ~ registered model  description  "" -> Digits
  ~ version 1         description  One layer -> Two layers
  ~ alias champion    2 -> 1
  - alias old         (was 1)
  ~ registered model  tags.registrar_managed  ["@champion","@old","team"] -> ["@champion","team"]
  - version 1         metadata.old  (was "")
  ~ version 1         metadata.registrar_managed  ["a_rather_long_key","lr","old"] -> ["a_rather_long_key","lr"]
{URI} differs: 6 to update, 1 to move, 2 to remove.
Checksum {checked.plan.checksum}"""
    )


@pytest.mark.parametrize("command", ["plan", "check", "apply"])
def test_nothing_to_do(command: str) -> None:
    whole = plan_of(declared(), matching())
    outcomes = (Outcome(whole),) if command == "apply" else None
    found = Report(command, 0, Plan(SERVER, (whole,)), outcomes)
    assert render(found, "text") == (
        "Nothing to do: mnist version 1 matches configs/model/mnist.yaml (sha256:3f1c00000000...)."
    )
    assert render(found, "markdown") == (
        f"### registrar {command}: nothing to do, mnist version 1 matches "
        "configs/model/mnist.yaml (sha256:3f1c00000000...)."
    )


def test_nothing_to_do_for_many_and_for_a_parent_only() -> None:
    parent = plan_of(DesiredModel("mnist"), ObservedModel("mnist"))
    assert render(report("plan", parent), "text") == (
        "Nothing to do: mnist matches configs/model/mnist.yaml."
    )
    assert render(report("plan", parent, parent), "text") == (
        "Nothing to do: 2 models match their configuration."
    )


def test_adoption_and_doubles() -> None:
    mine = DesiredVersion(Source("s3://b/m", "ref-sha256:1", "s3://b/m"), config="mnist")
    desired = DesiredModel("mnist", versions=(mine,))
    by_hand = ObservedVersion(1, source="s3://b/m")
    adopt = plan_of(desired, ObservedModel("mnist", versions=(by_hand,)))
    adopted = report("check", adopt)
    assert adopted.plan is not None
    assert render(adopted, "text") == (
        "mnist\n"
        "  = version 1         adopted: it is what the configuration declares\n"
        f"In sync with {URI}; only registrar's own tags: 1 to adopt.\n"
        f"Checksum {adopted.plan.checksum}"
    )
    assert "| = | version 1 |  | ref-sha256:1... |" in render(adopted, "markdown")
    twice = tuple(
        ObservedVersion(number, "ref-sha256:1", "s3://b/m", managed=(), config="mnist")
        for number in (1, 2)
    )
    removal = plan_of(desired, ObservedModel("mnist", versions=twice))
    assert render(report("plan", removal), "text").splitlines()[:3] == [
        "mnist",
        "  - version 2         a duplicate that an interrupted run left",
        f"Plan for {URI}: 1 to remove.",
    ]


def test_an_apply_that_stopped_lists_what_was_done_and_what_is_left() -> None:
    assert render(stopped(), "text") == (
        "mnist\n"
        "  done  + registered model  mnist\n"
        "  done  + version (new)     sha256:3f1c00000000...  from models/mnist\n"
        "  left  + alias champion -> (new)\n"
        f"Stopped at {URI}: 2 created so far."
    )


def test_models_that_were_finished_are_listed_before_the_one_that_stopped() -> None:
    other = diff("iris", DesiredModel("iris"), None)
    halted = stopped()
    assert halted.plan is not None
    assert halted.outcomes is not None
    mixed = Report(
        "apply",
        5,
        Plan(SERVER, (*halted.plan.models, other)),
        (*halted.outcomes, Outcome(other, other.changes)),
        halted.error,
    )
    lines = render(mixed, "text").splitlines()
    assert lines[:3] == ["iris", "  + registered model  iris", "mnist"]
    assert lines[-1] == f"Stopped at {URI}: 3 created so far."


def test_markdown_of_a_plan() -> None:
    checked = report("check", plan_of(declared(), held()), code=3)
    assert checked.plan is not None
    assert (
        render(checked, "markdown")
        == rf"""### registrar check: 9 changes

**mnist**

|  | what | field | change |
| --- | --- | --- | --- |
| ~ | registered model | tags.team | nlp -\> vision |
| ~ | version 1 | metadata.lr | 0.01 -\> 0.003 |
| ~ | registered model | description | "" -\> Digits |
| ~ | version 1 | description | One layer -\> Two layers |
| ~ | alias champion | champion | 2 -\> 1 |
| - | alias old | old | (was 1) |
| ~ | registered model | tags.registrar\_managed | \["@champion","@old","team"\] -\> \["@champion","team"\] |
| - | version 1 | metadata.old | (was "") |
| ~ | version 1 | metadata.registrar\_managed | \["a\_rather\_long\_key","lr","old"\] -\> \["a\_rather\_long\_key","lr"\] |

Server `{URI}`, plan `{checked.plan.checksum}`"""
    )


def test_markdown_of_an_apply_that_stopped() -> None:
    halted = stopped()
    assert halted.plan is not None
    assert (
        render(halted, "markdown")
        == rf"""### registrar apply: exit 5

**mnist**

|  | state | what | field | change |
| --- | --- | --- | --- | --- |
| + | done | registered model |  | mnist |
| + | done | version (new) |  | sha256:3f1c00000000... |
| + | left | alias champion | champion | -\> (new) |

Server `{URI}`, plan `{halted.plan.checksum}`

```
Stopped midway; run it again to finish.
the server went away. Start it again.
```"""
    )


def test_json_of_a_plan() -> None:
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


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("text", "Valid: iris, mnist."),
        ("markdown", "### registrar validate: iris, mnist valid"),
    ],
)
def test_valid_configurations(output: Any, expected: str) -> None:
    assert render(Report("validate", configs=("iris", "mnist")), output) == expected


def test_valid_configurations_in_json() -> None:
    assert json.loads(render(Report("validate", configs=("iris", "mnist")), "json")) == {
        "format": 1,
        "command": "validate",
        "exit_code": 0,
        "models": [{"config": "iris"}, {"config": "mnist"}],
    }


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (Problem("example", "it is wrong"), "it is wrong."),
        (Problem("example", "did you mean it?", "Do."), "did you mean it? Do."),
        (
            Problem("example", "is wrong", "Do.", path="a.b", place=Place("f.yaml", 3, 7)),
            "f.yaml:3:7: a.b: is wrong. Do.",
        ),
        (Problem("example", "is wrong", suggestion="b"), "is wrong. Did you mean 'b'?"),
        (
            Problem("example", "is wrong", "Known: b, c.", suggestion="b"),
            "is wrong. Did you mean 'b'? Known: b, c.",
        ),
        (
            Problem("example", "is wrong", path="a.b", place=Place("f.yaml")),
            "f.yaml: a.b: is wrong.",
        ),
        (
            Problem("example", "is wrong", path="a.b", place=Place(override="a.b=1")),
            "override 'a.b=1': a.b: is wrong.",
        ),
        (Problem("example", "a\nb\x1b[2J"), r"a\nb\u001b[2J."),
    ],
)
def test_a_problem_is_one_line(problem: Problem, line: str) -> None:
    assert error_text(ConfigError(problem)) == line


def test_colour_is_on_the_marks_only() -> None:
    checked = report("check", plan_of(declared(), held()), code=3)
    coloured = render(checked, "text", colour=True).splitlines()
    assert coloured[1] == "  \033[33m~\033[0m registered model  tags.team  nlp -> vision"
    assert coloured[6] == "  \033[31m-\033[0m alias old         (was 1)"
    new = render(report("plan", plan_of(declared(), None)), "text", colour=True).splitlines()
    assert new[:3] == [
        "mnist",
        "  \033[32m+\033[0m registered model  mnist",
        "      description     Digits",
    ]


def evil_report() -> Report:
    """Everything that a server or a configuration can put into a plan holds escapes."""
    found = ObservedVersion(
        1,
        DIGEST,
        EVIL,
        description=EVIL,
        tags={"lr": EVIL, f"k{EVIL}": EVIL},
        aliases=(f"a{EVIL}",),
        managed=("lr", f"k{EVIL}"),
        config="mnist",
    )
    observed = ObservedModel("mnist", EVIL, {"team": EVIL}, (found,), ("team", f"@a{EVIL}"))
    plan = diff("mnist", declared(), observed, EVIL)
    error = IncompleteError(Problem("example", EVIL, EVIL, path=EVIL, place=Place(EVIL)))
    server = Server(EVIL, EVIL, EVIL)
    outcome = Outcome(
        plan,
        plan.changes[:3],
        plan.changes[3:],
        (Note("leftover-upload", EVIL, {"reason": EVIL}),),
        error,
    )
    return Report("apply", 5, Plan(server, (plan,)), (outcome,), error)


@pytest.mark.parametrize("output", ["text", "markdown", "json"])
def test_no_control_character_reaches_a_terminal(output: Any) -> None:
    text = render(evil_report(), output)
    assert "\\u001b" in text
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_text_has_no_line_that_a_value_made() -> None:
    evil = evil_report()
    assert evil.outcomes is not None
    count = len(evil.outcomes[0].plan.changes)
    assert len(render(evil, "text").splitlines()) == 1 + count + 1


def test_json_gives_the_values_as_they_are() -> None:
    document = json.loads(render(evil_report(), "json"))
    befores = [change["before"] for change in document["models"][0]["changes"]]
    assert EVIL in befores


def test_a_markdown_table_keeps_its_cells() -> None:
    rows = [line for line in render(evil_report(), "markdown").splitlines() if line[:1] == "|"]
    for row in rows:
        bare = row.replace("\\\\", "").replace("\\|", "")
        assert bare.count("|") == 6
        assert "`" not in bare.replace("\\`", "")
        assert "[" not in bare.replace("\\[", "")


def test_a_code_block_outlasts_the_fences_in_a_message() -> None:
    error = ConfigError(Problem("example", "wrong:\n```\n# heading"))
    lines = render(Report("plan", 2, error=error), "markdown").splitlines()
    assert lines[2:] == ["````", r"wrong:\n```\n# heading.", "````"]


def test_a_file_name_that_is_not_utf8_can_be_printed() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    error = ConfigError(Problem("example", f"{name} is wrong"))
    assert error_text(error) == r"caf\udce9 is wrong."
    document = render(Report("plan", 2, error=error), "json")
    assert document.encode()
    assert json.loads(document)["error"]["problems"][0]["message"] == f"{name} is wrong"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a", "b", "a -> b"),
        ("", " b ", '"" -> " b "'),
        ("Grüße", "Grüße\naus Köln", r'Grüße -> "Grüße\naus Köln"'),
        ("x" * 200, "y", "x" * 97 + "... -> y"),
        ("x" * 200 + "old", "x" * 200 + "new", f"...{'x' * 25}old -> ...{'x' * 25}new"),
        ("x" * 200, "x" * 300, f"...{'x' * 25} -> ...{'x' * 94}..."),
    ],
)
def test_how_a_value_changes(before: str, after: str, shown: str) -> None:
    was = ObservedVersion(1, DIGEST, "m", None, before, {}, (), ())
    declared = DesiredVersion(Source("m", DIGEST), description=after)
    desired = DesiredModel("mnist", versions=(declared,))
    text = render(report("plan", plan_of(desired, ObservedModel("mnist", versions=(was,)))), "text")
    assert text.splitlines()[1] == f"  ~ version 1         description  {shown}"


def test_a_long_alias_keeps_its_distance() -> None:
    alias = "production-in-europe"
    versions = (
        ObservedVersion(1, DIGEST, "m"),
        ObservedVersion(2, "x", "m", aliases=(alias,)),
    )
    declared = DesiredVersion(Source("m", DIGEST), aliases=(alias,))
    desired = DesiredModel("mnist", versions=(declared,))
    observed = ObservedModel("mnist", versions=versions, managed=(f"@{alias}",))
    assert render(report("plan", plan_of(desired, observed)), "text").splitlines()[1] == (
        "  ~ alias production-in-europe  2 -> 1"
    )
