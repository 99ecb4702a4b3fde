"""docs/policy.md shows a rule in Rego, which another engine judges a plan by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.markdown import blocks
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result


def test_the_rule_in_rego_refuses_a_new_version_without_a_description(
    registrar: Callable[..., Result],
) -> None:
    engine = pytest.importorskip("regopy")
    (rule,) = [block.text for block in blocks(ROOT / "docs/policy.md") if block.language == "rego"]

    def judge(report: dict[str, Any]) -> list[str]:
        interpreter = engine.Interpreter()
        interpreter.add_module("described", rule)
        interpreter.set_input(report)
        found: list[str] = json.loads(str(interpreter.query("data.main.deny")))["expressions"][0]
        return found

    described = registrar("plan", "model=mnist", "output=json")
    assert judge(described.json) == []
    plain = registrar("plan", "model=mnist", "~model.description", "output=json")
    assert judge(plain.json) == ["mnist: a new version has no description"]
