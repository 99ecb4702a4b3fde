"""The command line, as far as it is registrar's own: the command word and the config folders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from registrar.config.quoting import redacted
from registrar.errors import Problem
from registrar.text import has_surrogate, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Arguments", "Command", "parse", "without_command"]

Command: TypeAlias = Literal[
    "apply", "plan", "check", "validate", "show", "dump", "delete", "verify", "promote"
]
COMMANDS: tuple[str, ...] = get_args(Command)
CONFIGS = Path("configs")
# With registrar's defaults packaged, a config path and a config dir are the same thing.
FOLDER_FLAGS = {"--config-dir", "-cd", "--config-path", "-cp"}
NAME_FLAGS = {"--config-name", "-cn"}
# Hydra's flags that take the next word as their value.
VALUE_FLAGS = {*NAME_FLAGS, "--package", "-p", "--cfg", "-c", "--experimental-rerun"}
INFO_FLAGS = {"--info", "-i"}
INFO = {"all", "config", "defaults", "defaults-tree", "plugins", "searchpath"}
COMPLETION = {"--shell-completion", "-sc"}
# With one of these Hydra prints something and runs no job.
PRINTS = {"--help", "-h", "--hydra-help", "--version", "--cfg", "-c", *INFO_FLAGS, *COMPLETION}
# `promote.to=server/prod` in Hydra's words: the option of one group, at another place.
TARGET = "server@promote.to"
OF_A_MODEL = re.compile(r"[+~]*model\.")
WORD = re.compile(r"[A-Za-z][\w-]*")


@dataclass(frozen=True, slots=True)
class Arguments:
    """`flags` and `overrides` are Hydra's; `folders` are searched before registrar's defaults.

    `problems` are what is wrong with the command line so far.
    """

    command: str | None
    folders: tuple[Path, ...]
    flags: tuple[str, ...]
    overrides: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def output(self) -> str:
        """The output format asked for on the command line: it holds for early errors too."""
        known = {"text", "json", "markdown"}
        given = [value for key, value in self._settings if key == "output" and value in known]
        return given[-1] if given else "text"

    @property
    def config_name(self) -> str:
        """The primary configuration."""
        words = [flag.partition("=") for flag in self.flags]
        given = [value for flag, _, value in words if flag in NAME_FLAGS]
        return given[-1] if given else "config"

    @property
    def of_the_models(self) -> tuple[str, ...]:
        """Overrides of each model, where there are many: the base has none that they could change."""
        several = any(key == "models" and value != "null" for key, value in self._settings)
        if not several or self.sweeps:
            return ()
        return tuple(text for text in self.overrides if OF_A_MODEL.match(text))

    @property
    def of_the_base(self) -> tuple[str, ...]:
        """All other overrides."""
        models = self.of_the_models
        return tuple(text for text in self.overrides if text not in models)

    @property
    def completes(self) -> bool:
        """Whether the shell asks for words to complete a command line."""
        return bool(COMPLETION & set(self.flags))

    @property
    def prints(self) -> bool:
        """Whether Hydra prints what is asked for, and no job runs."""
        return any(flag.partition("=")[0] in PRINTS for flag in self.flags)

    @property
    def is_one_job(self) -> bool:
        """Whether nothing here asks Hydra for more than to compose one job."""
        plain = all(flag.partition("=")[0] in NAME_FLAGS for flag in self.flags)
        return plain and not self.sweeps

    @property
    def sweeps(self) -> bool:
        """Whether a list of values makes several jobs."""
        mode = any(key == "hydra.mode" for key, _ in self._settings)
        return mode or bool({"--multirun", "-m"} & set(self.flags))

    @property
    def _settings(self) -> Iterator[tuple[str, str]]:
        for override in self.overrides:
            key, _, value = override.lstrip("+").partition("=")
            yield key, value.strip("'\"")


def parse(argv: Sequence[str]) -> Arguments:
    """Take the command word and the folders out of `argv`; everything else is Hydra's.

    Flags come first for Hydra, whose parser takes overrides only in one run.
    """
    commands: list[str] = []
    folders: list[Path] = []
    flags: list[str] = []
    overrides: list[str] = []
    problems: list[Problem] = []
    words = list(argv)
    while words:
        word = words.pop(0)
        flag, equals, value = word.partition("=")
        if flag in FOLDER_FLAGS:
            name = value if equals else words.pop(0) if words else ""
            if Path(name).is_dir() and name:
                folders.append(Path(name).absolute())
            else:
                problems.append(_no_folder(flag, name))
        elif word in VALUE_FLAGS:
            if words:
                flags.append(f"{word}={words.pop(0)}")
            else:
                problems.append(Problem("todo", f"{word} needs a value", "See --help."))
        elif word in INFO_FLAGS:
            flags.append(f"--info={words.pop(0) if words and words[0] in INFO else 'all'}")
        elif word.startswith("-"):
            flags.append(word)
        elif has_surrogate(word):
            hint = "Type it in a terminal that uses UTF-8."
            problems.append(Problem("todo", "is not UTF-8", hint).at(override=redacted(word)))
        elif flag == "command" and equals:
            commands.append(value)
        elif flag == "promote.to" and equals and value not in {"null", ""}:
            overrides.append(f"{TARGET}={value.removeprefix('server/')}")
        elif not WORD.fullmatch(word):
            overrides.append(word)
        elif word in COMMANDS:
            commands.append(word)
        else:
            problems.append(_no_command(word))
    if len(commands) > 1:
        problems.append(Problem("todo", f"two commands: {' and '.join(commands[:2])}", "Give one."))
    overrides += [f"command={command}" for command in commands[:1]]
    if CONFIGS.is_dir():
        folders.append(CONFIGS.absolute())
    return Arguments(
        commands[0] if commands and commands[0] in COMMANDS else None,
        tuple(dict.fromkeys(folders)),
        tuple(flags),
        tuple(overrides),
        tuple(problems),
    )


def without_command(line: str) -> str:
    """A command line that is being completed, as Hydra can read it: without the command word."""
    return re.sub(rf"\s({'|'.join(COMMANDS)})(?=\s)", "", line, count=1)


def _no_folder(flag: str, name: str) -> Problem:
    message = f"{flag}: no folder '{redacted(name)}'" if name else f"{flag} needs a folder"
    return Problem("todo", message, "Name the folder that holds model/NAME.yaml.")


def _no_command(word: str) -> Problem:
    near = nearest(word, list(COMMANDS))
    if near:
        return Problem("todo", f"unknown command '{word}'", f"Did you mean '{near}'?")
    hint = f"Commands: {', '.join(COMMANDS)}. A model is chosen with model={word}."
    return Problem("todo", f"unknown command '{word}'", hint)
