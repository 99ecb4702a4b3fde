"""The command line, as far as it is registrar's own: the command word and the config folders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from registrar.errors import ConfigError, Problem
from registrar.schema import nearest
from registrar.state import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Arguments", "parse", "without_command"]

COMMANDS: tuple[str, ...] = get_args(Command)
CONFIGS = Path("configs")
FOLDER_FLAGS = {"--config-dir", "-cd"}
# Hydra's flags that take the next word as their value.
VALUE_FLAGS = {"--config-path", "-cp", "--config-name", "-cn", "--package", "-p", "--cfg", "-c"}
VALUE_FLAGS |= {"--info", "-i", "--experimental-rerun"}
WORD = re.compile(r"[A-Za-z][\w-]*")


@dataclass(frozen=True, slots=True)
class Arguments:
    """`hydra` is what Hydra gets to see; `folders` are searched before registrar's own defaults."""

    command: str | None
    folders: tuple[Path, ...]
    hydra: tuple[str, ...]

    @property
    def output(self) -> str:
        """The output format asked for on the command line: it holds for early errors too."""
        given = [word.partition("=")[2] for word in self.hydra if word.startswith("output=")]
        return given[-1] if given and given[-1] in {"json", "markdown"} else "text"


def parse(argv: Sequence[str]) -> Arguments:
    """Take the command word and `--config-dir` out of `argv`; everything else is Hydra's.

    Raises ConfigError for a bare word that is no command, and for a folder that is not there.
    """
    command: str | None = None
    folders: list[Path] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in FOLDER_FLAGS:
            folders.append(_folder(value if equals else next(words, "")))
        elif word in VALUE_FLAGS:
            rest += [word, *[value for value in [next(words, None)] if value is not None]]
        elif WORD.fullmatch(word):
            if command is not None or word not in COMMANDS:
                raise ConfigError(_no_command(word, command))
            command = word
        else:
            rest.append(word)
    if command is not None:
        rest.append(f"command={command}")
    if CONFIGS.is_dir():
        folders.append(CONFIGS.absolute())
    return Arguments(command, tuple(dict.fromkeys(folders)), tuple(rest))


def without_command(line: str) -> str:
    """A command line that is being completed, as Hydra can read it: without the command word."""
    return re.sub(rf"\s({'|'.join(COMMANDS)})(?=\s)", "", line, count=1)


def _folder(name: str) -> Path:
    if not name or not Path(name).is_dir():
        message = f"--config-dir: no folder '{name}'"
        raise ConfigError(Problem(message, "Name the folder that holds model/NAME.yaml."))
    return Path(name).absolute()


def _no_command(word: str, command: str | None) -> Problem:
    if command is not None and word in COMMANDS:
        return Problem(f"two commands: {command} and {word}", "Give one.")
    near = nearest(word, list(COMMANDS))
    hint = f"Did you mean '{near}'?" if near else f"Commands: {', '.join(COMMANDS)}."
    return Problem(f"unknown command '{word}'", f"{hint} A model is chosen with model={word}.")
