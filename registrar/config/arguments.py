"""The command line: registrar's command word and config folders, and the words that are Hydra's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from registrar.config.folders import find_folders
from registrar.config.habits import explain_command, explain_flag, is_foreign_flag, takes_word
from registrar.config.override import Override, parse_override
from registrar.config.path_tests import is_folder
from registrar.config.quoting import redact
from registrar.config.short_forms import expand_override
from registrar.config.stray_words import (
    count_torn_words,
    explain_stray_words,
    explain_torn_field,
)
from registrar.errors import Problem
from registrar.text import has_surrogate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "COMMANDS",
    "DEFAULT_COMMAND",
    "FIRST_STEPS",
    "OUTPUTS",
    "Arguments",
    "Command",
    "parse_arguments",
]

Command: TypeAlias = Literal[
    "apply",
    "plan",
    "check",
    "validate",
    "show",
    "history",
    "dump",
    "delete",
    "verify",
    "promote",
    "pin",
    "catalogue",
    "evidence",
]
COMMANDS: tuple[str, ...] = get_args(Command)
DEFAULT_COMMAND = "apply"
FIRST_STEPS = ("init", "schema", "completion")  # they need no configuration
OUTPUTS = {"text", "json", "markdown", "github", "html"}
REPORT_FILES = ("json", "markdown")
# With registrar's defaults packaged, a config path and a config dir are the same thing.
FOLDER_FLAGS = {"--config-dir", "-cd", "--config-path", "-cp"}
NAME_FLAGS = {"--config-name", "-cn"}
# Hydra's flags that take the next word as their value.
VALUE_FLAGS = {*NAME_FLAGS, "--package", "-p", "--cfg", "-c"}
# Hydra's --experimental-rerun, which it also takes abbreviated: it loads a pickle.
RERUN_FLAG = "--e"
INFO_FLAGS = {"--info", "-i"}
INFO = {"all", "config", "defaults", "defaults-tree", "plugins", "searchpath"}
MULTIRUN_FLAGS = {"--multirun", "-m"}
HELP_FLAGS = {"--help", "-h"}
RESOLVE_FLAG = "--re"  # Hydra's --resolve, abbreviated
# With one of these Hydra prints something and runs no job.
PRINT_FLAGS = {"--hydra-help", "--cfg", "-c", *INFO_FLAGS}
WORD = re.compile(r"[A-Za-z][\w-]*")
GROUP = re.compile(r"\w[\w-]*(/\w[\w-]*)*")


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command line. `folders` are searched before the packaged defaults; flags are Hydra's.

    `named_folders` are the flags that name folders, with their values. `beside` is the folder of the
    models that have their configuration beside them, None for that of this checkout. `problems` are what is wrong with the command line so far. `help` is the topic on which help is
    asked for, "" for all commands, None where no help is asked for.
    """

    command: Command | None
    folders: tuple[Path, ...]
    flags: tuple[str, ...]
    overrides: tuple[Override, ...]
    problems: tuple[Problem, ...] = ()
    help: str | None = None
    named_folders: tuple[tuple[str, str], ...] = ()
    beside: Path | None = None

    @property
    def output(self) -> str:
        """The output format that the command line asks for; it holds for early errors too."""
        values = [value for value in self._values("output") if value in OUTPUTS]
        return values[-1] if values else "text"

    @property
    def report_files(self) -> dict[str, str]:
        """The files that get the report as well, by their format; they hold for early errors too."""
        last = {name: self._values(f"report.{name}")[-1:] for name in REPORT_FILES}
        return {name: path for name, paths in last.items() for path in paths if path != "null"}

    @property
    def config_name(self) -> str:
        """The primary configuration."""
        names = [value for flag, _, value in map(_split_flag, self.flags) if flag in NAME_FLAGS]
        return names[-1] if names else "config"

    @property
    def model_overrides(self) -> tuple[Override, ...]:
        """The overrides of each of many models; the base has no model that they could change."""
        fields = {"models", "plan"}
        chosen = [o for o in self.overrides if o.key in fields and o.plain_value != "null"]
        if not chosen or self.is_sweep:
            return ()
        return tuple(o for o in self.overrides if o.key.startswith("model."))

    @property
    def base_overrides(self) -> tuple[Override, ...]:
        """All overrides but those of each of many models."""
        models = self.model_overrides
        return tuple(override for override in self.overrides if override not in models)

    def is_group(self, name: str) -> bool:
        """Return whether the folders have a configuration group `name`."""
        is_name = GROUP.fullmatch(name) is not None
        return is_name and any(is_folder(folder / name) for folder in self.folders)

    @property
    def prints_only(self) -> bool:
        """Whether Hydra prints what is asked for, and no job runs."""
        return any(_split_flag(flag)[0] in PRINT_FLAGS for flag in self.flags)

    @property
    def prints_resolved(self) -> bool:
        """Whether Hydra prints values whose interpolations are resolved; flags may be abbreviated."""
        return any(flag.startswith(RESOLVE_FLAG) for flag in self.flags)

    @property
    def composing_flags(self) -> tuple[str, ...]:
        """The flags that say what is composed, and not what is printed of it."""
        kept = NAME_FLAGS | MULTIRUN_FLAGS
        return tuple(flag for flag in self.flags if _split_flag(flag)[0] in kept)

    @property
    def naming_flags(self) -> tuple[str, ...]:
        """The flags that name the primary configuration."""
        return tuple(flag for flag in self.flags if _split_flag(flag)[0] in NAME_FLAGS)

    @property
    def is_one_job(self) -> bool:
        """Whether Hydra only has to compose one job."""
        return not self.is_sweep and all(_split_flag(flag)[0] in NAME_FLAGS for flag in self.flags)

    @property
    def is_sweep(self) -> bool:
        """Whether lists of values make several jobs."""
        has_mode = any(override.key == "hydra.mode" for override in self.overrides)
        return has_mode or bool(MULTIRUN_FLAGS & set(self.flags))

    def _values(self, key: str) -> list[str]:
        """Return the values that the command line gives to a field, from left to right."""
        return [o.plain_value for o in self.overrides if o.key == key and o.plain_value]


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Take the command word and the config folders out of `argv`; all other words are Hydra's.

    Flags are kept apart from overrides: Hydra's parser takes overrides only in one run.
    """
    reader = _Reader(list(argv))
    while reader.words:
        reader.read_word()
    if len(reader.commands) > 1:
        message = f"two commands: {' and '.join(reader.commands[:2])}"
        reader.problems.append(Problem("two-commands", message, "Give one."))
    command = reader.commands[0] if reader.commands else None
    known_command = command if command in COMMANDS else None
    reader.problems += [
        explain_stray_words(words, before, known_command)
        if known_command
        else explain_command(words[0], COMMANDS, FIRST_STEPS)
        for before, words in reader.strays
    ]
    reader.problems += [
        explain_flag(flag, redact(value), known_command or DEFAULT_COMMAND)
        for flag, value in reader.foreign
    ]
    folders, folder_problems = find_folders(reader.folders)
    arguments = Arguments(
        cast("Command", known_command) if known_command else None,
        folders,
        tuple(reader.flags),
        tuple(map(parse_override, reader.overrides)),
        (*reader.problems, *folder_problems),
        reader.help or (None if reader.help is None else command or ""),
        tuple(reader.folders),
    )
    overrides = [
        expand_override(
            text,
            arguments.command or DEFAULT_COMMAND,
            is_sweep=arguments.is_sweep,
            is_group=arguments.is_group,
        )
        for text in reader.overrides
    ]
    if command is not None:
        overrides.append(parse_override(f"command={command}"))
    return replace(arguments, overrides=tuple(overrides))


@dataclass(slots=True)
class _Reader:
    """Sorts the words of a command line, from left to right."""

    words: list[str]
    commands: list[str] = field(default_factory=list)
    folders: list[tuple[str, str]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    help: str | None = None
    foreign: list[tuple[str, str]] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    strays: list[tuple[str, list[str]]] = field(default_factory=list)  # (the word before, words)
    before: str = ""

    def read_word(self) -> None:
        """Take the next word, and those after it that belong to it."""
        is_command = self.words[0] in {*COMMANDS, "help"}
        if not is_command and (count := count_torn_words(self.words, _is_bare)):
            torn, self.words = self.words[:count], self.words[count:]
            self.problems.append(explain_torn_field(torn))
        else:
            self._read_whole(self.words.pop(0))

    def _read_whole(self, word: str) -> None:
        flag, equals, value = _split_flag(word)
        if flag in FOLDER_FLAGS:
            self.folders.append((flag, value if equals else self._pop()))
        elif word in VALUE_FLAGS:
            self._read_value(word)
        elif flag.startswith(RERUN_FLAG):
            self._refuse_rerun(flag, has_value=bool(equals))
        elif word in INFO_FLAGS:
            topic = self.words.pop(0) if self.words and self.words[0] in INFO else "all"
            self.flags.append(f"--info={topic}")
        elif word in HELP_FLAGS:
            self.help = self.help or ""
        elif word == "help":
            self.help = self._pop() if self.words and WORD.fullmatch(self.words[0]) else ""
        elif word.startswith("-") and is_foreign_flag(flag):
            takes_next = not equals and takes_word(flag, self.words)
            self.foreign.append((flag, self.words.pop(0) if takes_next else value))
        elif word.startswith("-"):
            self.flags.append(word)
        elif has_surrogate(word):
            problem = Problem("not-utf-8", "is not UTF-8", "Type it in a terminal that uses UTF-8.")
            self.problems.append(problem.at(override=redact(word)))
        elif flag == "command" and equals:
            self.commands.append(value)
        elif not WORD.fullmatch(word):
            self.overrides.append(word)
        elif word in COMMANDS:
            self.commands.append(word)
        else:
            strays = [word]
            while self.words and _is_bare(self.words[0]):
                strays.append(self.words.pop(0))
            self.strays.append((self.before, strays))
        self.before = word

    def _refuse_rerun(self, flag: str, *, has_value: bool) -> None:
        if not has_value:
            self._pop()
        message = f"{flag} loads a pickle, which can run code"
        self.problems.append(Problem("invalid-flag", message, "Give the overrides again."))

    def _read_value(self, flag: str) -> None:
        if self.words:
            self.flags.append(f"{flag}={self.words.pop(0)}")
        else:
            problem = Problem("flag-without-value", f"{flag} needs a value", "See --help.")
            self.problems.append(problem)

    def _pop(self) -> str:
        return self.words.pop(0) if self.words else ""


def _split_flag(word: str) -> tuple[str, str, str]:
    return word.partition("=")


def _is_bare(word: str) -> bool:
    """Return whether a word is no command, no flag and no field."""
    return word not in {*COMMANDS, "help", ""} and "=" not in word and not word.startswith("-")
