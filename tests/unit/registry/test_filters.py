"""Filters of MLflow's searches: names that a filter cannot hold are never sent as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.registry.filters import (
    MAX_CHARACTERS,
    MAX_NAMES,
    is_exact,
    name_chunks,
    name_filter,
    names_filter,
)


@pytest.mark.parametrize("name", ["a\\b", "a\\", "it's", 'a"b', "a`b", "a\nb", "a\u2028b"])
def test_a_name_that_a_filter_cannot_hold_is_matched_by_a_pattern(name: str) -> None:
    assert not is_exact(name)
    text = name_filter(name)
    assert text.startswith("name LIKE '")
    assert not any(char in text[len("name LIKE '") : -1] for char in "'\"`\\\n\u2028")


@pytest.mark.parametrize("name", ["mnist", "a b", "vision-2", "100%", "a_b", "émile"])
def test_other_names_are_matched_exactly(name: str) -> None:
    assert name_filter(name) == f"name = '{name}'"
    assert names_filter([name, "x"]) == f"name IN ('{name}', 'x')"


@given(st.lists(st.text(max_size=300)))
def test_chunks_hold_all_names_in_their_order_and_stay_short(names: list[str]) -> None:
    chunks = list(name_chunks(names))
    assert [name for chunk in chunks for name in chunk] == names
    for chunk in chunks:
        assert 0 < len(chunk) <= MAX_NAMES
        assert len(chunk) == 1 or sum(len(n.encode()) + 4 for n in chunk) <= MAX_CHARACTERS
