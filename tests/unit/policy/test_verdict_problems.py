"""What a failed verdict says is one line that a person can read, whatever a signature holds."""

from __future__ import annotations

from registrar.policy.verdict_problems import MAX_TEXT, MOST, list_reasons


def test_few_short_reasons_are_told_whole() -> None:
    assert list_reasons(["a", "b" * MAX_TEXT]) == f"a; {'b' * MAX_TEXT}"


def test_many_and_long_reasons_are_cut() -> None:
    columns = [f"inputs.{'x' * 100_000} removed"] * 100_000
    text = list_reasons(columns)
    assert text.endswith(f"...; {100_000 - MOST} more")
    assert len(text) < (MOST + 1) * (MAX_TEXT + 3)
