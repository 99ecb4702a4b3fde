"""Which unquoted scalars lose something when YAML, or Hydra on the command line, reads them."""

from __future__ import annotations

import doctest

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

import registrar.config.quoting
import registrar.config.scalars
from registrar.config.scalars import explain_misread, is_odd
from registrar.errors import Problem
from registrar.text import format_value

# what is written, what it is read as, whether that is reported
TABLE = [
    ("5", 5, False),
    ("0", 0, False),
    ("-1", -1, False),
    ("+5", 5, False),
    ("0.003", 0.003, False),
    ("1.0", 1.0, False),
    ("-0.5", -0.5, False),
    (".5", 0.5, False),
    ("1.", 1.0, False),
    ("1e-3", 0.001, False),
    ("1E5", 100000.0, False),
    ("7e2", 700.0, False),
    ("1.5e10", 15000000000.0, False),
    ("100000000000000000000", 10**20, False),
    ("0.00001", 1e-05, False),
    ("1.10e5", 110000.0, False),
    ("1.23456789012345678901e-3", 0.0012345678901234567, True),
    ("true", True, False),
    ("True", True, False),
    ("FALSE", False, False),
    ("1.10", 1.1, True),
    ("2.50", 2.5, True),
    ("-1.10", -1.1, True),
    ("010", 8, True),
    ("00", 0, True),
    ("0x1F", 31, True),
    ("0b11", 3, True),
    ("1_000", 1000, True),
    ("1_000.5", 1000.5, True),
    ("1:30", 90, True),
    ("12:30:45", 45045, True),
    ("1234567e8", 123456700000000.0, True),
    ("12345e67", 1.2345e71, True),
    ("0000000e1", 0.0, True),
    ("0.1000000000000000055511151231257827", 0.1, True),
    ("on", True, True),
    ("Off", False, True),
    ("yes", True, True),
    ("NO", False, True),
]


@pytest.mark.parametrize(("raw", "value", "reported"), TABLE)
def test_a_scalar_is_reported_exactly_when_its_text_is_lost(
    raw: str, value: object, *, reported: bool
) -> None:
    assert OmegaConf.create(f"a: {raw}").a == value
    assert (explain_misread(raw, value) is not None) is reported


@pytest.mark.parametrize("raw", [raw for raw, _, reported in TABLE if reported])
def test_what_is_reported_is_odd_so_that_nothing_is_passed_over(raw: str) -> None:
    assert is_odd(raw)


@pytest.mark.parametrize("raw", ["5", "0.003", "mnist", "a b", "", "1.0", "-3", "2026x"])
def test_everyday_scalars_are_not_odd(raw: str) -> None:
    assert not is_odd(raw) or explain_misread(raw, OmegaConf.create(f"a: {raw}").a) is None


def test_a_report_says_what_was_read_and_how_to_keep_it() -> None:
    assert explain_misread("1.10", 1.1) == Problem(
        "misread-value",
        "1.10 is read as the number 1.1",
        "Quote it to keep it as written: '1.10'.",
    )
    assert explain_misread("on", value=True) == Problem(
        "misread-value",
        "on is read as true",
        "Quote it: 'on'; or write true.",
    )


@pytest.mark.parametrize("value", ["1.10", "on", None, [], {}])
def test_text_is_never_misread(value: object) -> None:
    assert explain_misread("1.10", value) is None


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_in_its_shortest_form_is_kept(value: float) -> None:
    raw = format_value(value)

    assert explain_misread(raw, value) is None


@given(st.from_regex(r"[-+0-9._:xeE]{1,12}", fullmatch=True))
def test_every_number_whose_text_changes_is_found_although_only_odd_ones_are_looked_at(
    raw: str,
) -> None:
    try:
        value = OmegaConf.create({"a": yaml.safe_load(raw)}).a
    except (yaml.YAMLError, ValueError, OverflowError):
        return
    if isinstance(value, bool | int | float) and explain_misread(raw, value) is not None:
        assert is_odd(raw)


@pytest.mark.parametrize("module", [registrar.config.scalars, registrar.config.quoting])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]

    assert (result.failed, result.attempted > 0) == (0, True)
