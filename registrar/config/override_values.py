"""The scalars in an override's value, as they were written.

Hydra reads `[1.10]` as the number 1.1 and forgets how it was written. The written text is needed to
see that something was lost, and to show the same override with that value in quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Union

from registrar.config.quoting import quote_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registrar.text import KeyPath

__all__ = ["Node", "Scalar", "find_node", "list_scalars", "quote_scalars", "scan_value"]

QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as it was written, and where it stands in the text of the whole value."""

    raw: str
    start: int
    end: int
    is_quoted: bool


Node: TypeAlias = Union[Scalar, "list[Node]", "dict[str, Node]"]


def scan_value(text: str) -> Node | None:
    """Return the lists, mappings and scalars of a value; None for text that Hydra cannot read.

    A function such as `int(1.10)` and an interpolation count as one scalar.
    """
    scanner = _Scanner(text)
    try:
        node = scanner.read_node("")
    except ValueError:
        return None
    return node if scanner.position == len(text) else None


def find_node(node: Node | None, path: KeyPath) -> Node | None:
    """Return the node at `path` below `node`, or None."""
    for part in path:
        match node, part:
            case dict(), _ if str(part) in node:
                node = node[str(part)]
            case list(), int() if part < len(node):
                node = node[part]
            case _:
                return None
    return node


def list_scalars(node: Node | None) -> Iterator[Scalar]:
    """Yield all scalars below `node`."""
    match node:
        case Scalar():
            yield node
        case list():
            for item in node:
                yield from list_scalars(item)
        case dict():
            for item in node.values():
                yield from list_scalars(item)
        case None:
            pass


def quote_scalars(value: str, scalars: Iterable[Scalar]) -> str:
    """Return the text of a value with double quotes around these of its scalars."""
    for scalar in sorted(scalars, key=lambda scalar: scalar.start, reverse=True):
        value = value[: scalar.start] + quote_value(scalar.raw) + value[scalar.end :]
    return value


class _Scanner:
    """Reads a value from left to right. Its methods raise ValueError for malformed text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def read_node(self, stops: str) -> Node:
        """Read one value; an unquoted scalar ends before any of the characters `stops`."""
        self._skip_spaces()
        match self._next():
            case "[":
                return self._read_list()
            case "{":
                return self._read_mapping()
            case _:
                return self._read_scalar(stops)

    def _read_list(self) -> list[Node]:
        items: list[Node] = []
        self._expect("[")
        while not self._accept("]"):
            if items:
                self._expect(",")
            items.append(self.read_node(",]"))
        return items

    def _read_mapping(self) -> dict[str, Node]:
        items: dict[str, Node] = {}
        self._expect("{")
        while not self._accept("}"):
            if items:
                self._expect(",")
            key = self._read_scalar(":")
            self._expect(":")
            items[key.raw] = self.read_node(",}")
        return items

    def _read_scalar(self, stops: str) -> Scalar:
        self._skip_spaces()
        start = self.position
        if quoted := QUOTED.match(self.text, start):
            self.position = quoted.end()
            scalar = Scalar(quoted[0][1:-1], start, self.position, is_quoted=True)
        else:
            self._skip_until(stops)
            raw = self.text[start : self.position].rstrip()
            if not raw and stops:
                raise ValueError
            scalar = Scalar(raw, start, start + len(raw), is_quoted=False)
        self._skip_spaces()
        return scalar

    def _skip_until(self, stops: str) -> None:
        """Go to the next of the characters `stops` that is not escaped and not inside brackets."""
        open_brackets: list[str] = []
        while char := self._next():
            if not open_brackets and char in stops:
                return
            if open_brackets and char == open_brackets[-1]:
                open_brackets.pop()
            elif char in CLOSING:
                open_brackets.append(CLOSING[char])
            elif open_brackets and (quoted := QUOTED.match(self.text, self.position)):
                self.position = quoted.end() - 1
            self.position += 2 if char == "\\" else 1
        self.position = len(self.text)
        if open_brackets:
            raise ValueError

    def _skip_spaces(self) -> None:
        while self._next() in {" ", "\t"}:
            self.position += 1

    def _next(self) -> str:
        """Return the next character; "" at the end."""
        return self.text[self.position : self.position + 1]

    def _accept(self, char: str) -> bool:
        self._skip_spaces()
        if self._next() != char:
            return False
        self.position += 1
        self._skip_spaces()
        return True

    def _expect(self, char: str) -> None:
        if not self._accept(char):
            raise ValueError
