"""SECURITY.md lists the attacks of `tests/hostile`. `UPDATE_DOCS=1` writes the tables anew."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "SECURITY.md"
HOSTILE = ROOT / "tests" / "hostile"
# File of cases -> what the attacker wants.
AIMS = {
    "configurations/execution": "run code",
    "configurations/commands": "choose what runs",
    "configurations/credentials": "get requests or credentials",
    "configurations/environment": "read a secret",
    "configurations/paths": "read other files",
    "configurations/text": "deceive the reader",
    "configurations/yaml": "exhaust the machine",
    "guards": "lift a guard",
}


def ending(case: dict[str, Any]) -> str:
    """How a case ends, in words."""
    if case["exit"] == 0:
        return "has no effect"
    code = case.get("code") or next(iter(case.get("codes", [])), None)
    return f"refused ({case['exit']})" + (f": `{code}`" if code else "")


def configurations() -> Iterator[str]:
    """Yield the rows of the attacks by configuration."""
    yield "| aim | attack | how it ends |"
    yield "| --- | --- | --- |"
    for file, aim in AIMS.items():
        cases = yaml.safe_load((HOSTILE / f"{file}.yaml").read_text("utf-8"))
        for name, case in cases.items():
            yield f"| {aim} | {name} | {ending(case)} |"


def replies() -> Iterator[str]:
    """Yield the rows of the attacks by a server."""
    yield "| reply | exit code |"
    yield "| --- | --- |"
    for case in yaml.safe_load((HOSTILE / "servers.yaml").read_text("utf-8")):
        codes = case.get("code", 4)
        codes = codes if isinstance(codes, list) else [codes]
        yield f"| {case['name']} | {' or '.join(map(str, codes))} |"


def test_every_file_of_cases_has_an_aim() -> None:
    files = {path.relative_to(HOSTILE).with_suffix("") for path in HOSTILE.rglob("*.yaml")}
    assert {file.as_posix() for file in files} == {*AIMS, "servers"}


@pytest.mark.parametrize("rows", [configurations, replies])
def test_the_page_lists_every_attack(rows: Any) -> None:
    marker = rows.__name__
    table = f"<!-- {marker} -->\n" + "\n".join(rows()) + f"\n<!-- /{marker} -->"
    text = PAGE.read_text("utf-8")
    written = re.sub(
        rf"<!-- {marker} -->.*<!-- /{marker} -->", lambda _: table, text, flags=re.DOTALL
    )
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(written, "utf-8")
    else:
        assert written == text
