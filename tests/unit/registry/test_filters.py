"""Names in MLflow's filters."""

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


@pytest.mark.parametrize("name", ["mnist", "a b", "é中", "a%_b", "a,b)", "a;b", "--", "$$", "[x]"])
def test_a_plain_name_is_said_exactly(name: str) -> None:
    assert is_exact(name)
    assert name_filter(name) == f"name = '{name}'"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("it's", "it_s"),
        ('say "hi"', "say _hi_"),
        ("a\\b", "a_b"),
        ("ends\\", "ends_"),
        ("a`b", "a_b"),
        ("a\nb\t\x85\u2028", "a_b___"),
    ],
)
def test_what_cannot_be_quoted_is_matched_by_any_character(name: str, pattern: str) -> None:
    assert not is_exact(name)
    assert name_filter(name) == f"name LIKE '{pattern}'"


def test_one_filter_matches_a_list_of_names() -> None:
    assert names_filter(["a", "b"]) == "name IN ('a', 'b')"


def test_a_chunk_holds_a_hundred_names() -> None:
    names = [f"n{number}" for number in range(2 * MAX_NAMES + 1)]
    assert [len(chunk) for chunk in name_chunks(names)] == [MAX_NAMES, MAX_NAMES, 1]
    assert list(name_chunks([])) == []


@given(st.lists(st.text(max_size=300)))
def test_chunks_hold_all_names_in_their_order_and_stay_short(names: list[str]) -> None:
    chunks = list(name_chunks(names))
    assert [name for chunk in chunks for name in chunk] == names
    for chunk in chunks:
        assert len(chunk) == 1 or sum(len(n.encode()) + 4 for n in chunk) <= MAX_CHARACTERS
