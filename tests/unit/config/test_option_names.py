"""The names of the files that `dump` writes."""

from __future__ import annotations

import pytest

from registrar.config.option_names import file_name, file_names


@pytest.mark.parametrize("name", ["mnist", "a.b-c_d", "v2", "m-1", "Iris"])
def test_a_plain_name_is_the_name_of_its_file(name: str) -> None:
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("name", "start"),
    [
        *[(name, f"{name}-") for name in ("null", "true", "nan", "42", "NUL", "con")],
        *[
            ("-x", "x-"),
            (".x", "x-"),
            ("a b/c", "a-b-c-"),
            ("L'été", "L-t-"),
            ("x.yaml", "x-yaml-"),
        ],
        *[("日本語", "model-"), ("1e5", "1e5-"), ("_here_", "here-"), ("a" * 300, "a" * 60 + "-")],
    ],
)
def test_another_name_has_a_readable_part_and_a_mark_of_its_own(name: str, start: str) -> None:
    found = file_name(name)
    mark = found.removeprefix(start)
    assert found.startswith(start)
    assert len(mark) == 8
    assert file_name(f"{name} ").removeprefix(start) != mark


def test_no_two_files_differ_in_case_alone() -> None:
    options = file_names(["Iris", "iris", "mnist"])
    assert options["mnist"] == "mnist"
    assert len({option.lower() for option in options.values()}) == 3
    # A file that exists and declares another model.
    assert file_names(["Iris"], {"iris": "iris"})["Iris"] != "Iris"
    assert file_names(["iris"], {"iris": "iris"}) == {"iris": "iris"}


def test_a_name_made_to_look_like_the_mark_of_another_gets_no_file_of_the_other() -> None:
    short = file_name("a b")
    for names in (["a b", short], ["iris", "Iris", *file_names(["iris", "Iris"]).values()]):
        assert len({option.lower() for option in file_names(names).values()}) == len(names)
