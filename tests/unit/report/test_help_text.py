"""`registrar help`: every command and every field, in the words of the schemas."""

from __future__ import annotations

import re

import pytest

from registrar.config.arguments import COMMANDS, FIRST_STEPS, parse_arguments
from registrar.config.schema import known_fields
from registrar.config.short_forms import command_fields
from registrar.errors import ConfigError
from registrar.report.help_text import help_text
from registrar.report.help_topics import ABOUT, EXIT_CODES
from registrar.text import dotted
from tests.support.registrar_process import ROOT


def first_words(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.startswith("  ")]


def test_the_overview_lists_every_command_and_what_can_be_chosen() -> None:
    text = help_text("", ["iris", "mnist"], ["default", "prod"])

    assert first_words(text)[: len(COMMANDS)] == list(COMMANDS)
    assert "\nModels here: iris, mnist\nServers here: default, prod\n" in text
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_lists_its_fields_examples_and_exit_codes(command: str) -> None:
    text = help_text(command, [], [])

    assert text.startswith(f"registrar {command} [FIELD=VALUE ...]\n\n{command} ")
    own = command_fields(command)
    assert set(own) <= set(first_words(text))
    assert len(own) == len(set(own))  # `yes` belongs to delete and to apply
    assert "\n  output " in text
    assert "\n  0  " in text
    examples = text.partition("\nExamples\n")[2].partition("\n\n")[0].splitlines()
    assert len(examples) == 2
    for example in examples:
        arguments = parse_arguments(example.split()[1:])
        assert (arguments.command, arguments.problems) == (command, ())
        fields = {override.key.partition(".")[0] for override in arguments.overrides}
        assert fields <= {*known_fields(()), "server"}


def test_the_exit_codes_are_those_of_the_documentation() -> None:
    page = (ROOT / "docs/commands.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    shown = {
        name: {int(code) for code in re.findall(r"\d+", re.sub(r"\(.*?\)", "", line))}
        for name in COMMANDS
        for line in re.findall(r"^Exit codes: (.*)$", sections[name], re.MULTILINE)
    }
    shown["promote"] = shown["apply"]  # the page says: those of `apply`

    codes = {name: set(topic.exit_codes) for name, topic in ABOUT.items()}
    assert shown == codes
    assert set().union(*codes.values(), {1}) == set(EXIT_CODES)


@pytest.mark.parametrize("name", FIRST_STEPS)
def test_a_first_step_has_words_examples_and_exit_codes(name: str) -> None:
    text = help_text(name, [], [])

    assert text.startswith(
        f"registrar {name} [" if name != "completion" else "registrar completion"
    )
    assert "\nExamples\n  " in text
    assert "\nExit codes\n  0  " in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_help_says_the_values_and_what_is_required() -> None:
    text = " ".join(help_text("plan", [], []).split())
    assert "Values: text, json, markdown, github, html. Default:" in text
    (name,) = [line for line in help_text("model", [], []).splitlines() if "  name " in line]
    assert name.endswith(" Required.")


def test_a_field_of_another_command_is_not_listed() -> None:
    assert "\n  out " in help_text("plan", [], [])
    assert "\n  out " not in help_text("apply", [], [])
    assert "allow_takeover" not in help_text("show", [], [])


@pytest.mark.parametrize("group", ["model", "server"])
def test_a_file_lists_its_fields_nested_ones_too(group: str) -> None:
    def paths(path: tuple[str, ...]) -> list[str]:
        names = known_fields((group, *path))
        below = [(*path, name) for name in names]
        return [found for path in below for found in (dotted(path), *paths(path))]

    assert paths(()) == [
        word for word in first_words(help_text(group, [], [])) if word in paths(())
    ]


def test_a_default_is_shown() -> None:
    assert "Default: false." in help_text("delete", [], [])
    assert "Default: 8." in help_text("plan", [], [])
    assert "Default: 20." in help_text("server", [], [])
    assert "${" not in help_text("server", [], [])


def test_another_topic_gets_a_suggestion_or_the_list_of_topics() -> None:
    for topic, suggestion in [("modle", "model"), ("zzz", None)]:
        with pytest.raises(ConfigError) as caught:
            help_text(topic, [], [])
        (problem,) = caught.value.problems
        assert (problem.suggestion, problem.hint is None) == (suggestion, suggestion is not None)


@pytest.mark.parametrize(
    ("line", "topic"),
    [
        ("help", ""),
        ("--help", ""),
        ("-h", ""),
        ("help plan", "plan"),
        ("plan --help", "plan"),
        ("--help plan model=mnist", "plan"),
        ("help model", "model"),
        ("help model=mnist", ""),
        ("plan", None),
    ],
)
def test_help_is_asked_for_by_word_or_flag(line: str, topic: str | None) -> None:
    assert parse_arguments(line.split()).help == topic
