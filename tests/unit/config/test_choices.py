"""Names of configurations on the command line that no file can have, and values that are no names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LONG = "x" * 3000


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["server=2"], "invalid-choice"),
        (["model=1e3"], "invalid-choice"),
        (["executor=true"], "invalid-choice"),
        (["policy=[1,2]"], "invalid-choice"),
        (["policy=[a,null]"], "invalid-choice"),
        ([f"server={LONG}"], "unknown-config"),
        ([f"model={LONG}"], "unknown-config"),
        ([f"models={LONG}"], "unknown-config"),
        ([f"policy=[a,{LONG}]"], "unknown-config"),
        (["--config-name", LONG], "unknown-config"),
        (["--config-dir", LONG], "folder-not-found"),
        ([f"~out{LONG}"], "invalid-override"),
        ([f"model.metadata.{LONG}=1"], "invalid-override"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_the_name_of_a_file_is_a_problem_and_no_bug(
    words: list[str], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "configs" / "model").mkdir(parents=True)
    (tmp_path / "configs" / "model" / "m.yaml").write_text("name: m\nuri: s3://b/m\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        compose_jobs(parse_arguments(["validate", *words]))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_first_step_that_comes_later_is_told_to_come_first() -> None:
    (problem,) = parse_arguments(["--multirun", "completion"]).problems
    assert problem.message == "completion has to be the first word"
