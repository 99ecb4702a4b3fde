"""Configuration files as people write them, and that read back as the same values.

Three readers have to agree on a scalar: YAML 1.1 (`on` is a boolean), OmegaConf (`1e5` is a number,
`${` an interpolation), and registrar's check for misread values. Only what all of them read as the
same text is written without quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from registrar.text import format_value, is_printable, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["format_scalar", "write_document"]

PLAIN = re.compile(r"[A-Za-z_/](?:[\w .,/@+()=-]|:(?=[\w/]))*(?<! )", re.ASCII)
WORDS = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|none|nan|inf")
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,7})\.[0-9]{1,7}")
# Text that a block keeps unchanged: it neither begins nor ends with a space.
BLOCK = re.compile(r"(?=\S).+(?<=\S)\n?", re.DOTALL)
INTERPOLATION = re.compile(r"(\\*)\$\{")


class _Dumper(yaml.SafeDumper):
    """A dumper without references, which indents lists below their key."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values out each time."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Indent lists below their key, as people do."""
        del indentless
        super().increase_indent(flow, False)

    def write_double_quoted(self, text: str, split: bool = True) -> None:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Escape the text where a part of it cannot be seen."""
        self.allow_unicode = is_printable(text)
        super().write_double_quoted(text, split)


class _Flow(list[Any]):
    """A list on one line."""


def write_document(fields: Mapping[str, Any], comments: Mapping[tuple[str | int, ...], str]) -> str:
    """Return the text of a model's file. `comments` stand above the field at their path."""
    lines: list[str] = []
    for key, value in fields.items():
        if key == "versions":
            lines += ["versions:", *_entries(value, comments)]
        else:
            lines += [*_comment(comments.get((key,))), *_field(key, value)]
    return "\n".join(lines) + "\n"


def _entries(
    entries: Sequence[Mapping[str, Any]], comments: Mapping[tuple[str | int, ...], str]
) -> list[str]:
    lines = []
    for index, entry in enumerate(entries):
        inside: list[str] = []
        for key, value in entry.items():
            inside += _comment(comments.get(("versions", index, key)))
            inside += _field(key, value)
        lines += ["  - " + inside[0], *(f"    {line}" if line else line for line in inside[1:])]
    return lines


def _comment(comment: str | None) -> list[str]:
    """Return a comment on one line: in YAML 1.1, U+0085, U+2028 and U+2029 end it as well."""
    return [] if comment is None else [f"# {printable(comment)}"]


def _field(key: str, value: Any) -> list[str]:
    written = {key: _Flow(value) if isinstance(value, list) else value}
    dumped: str = yaml.dump(
        written, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return dumped.removesuffix("\n").split("\n")


def _scalar(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    """Write text, quoted where any of its readers would take it for something else."""
    tag = "tag:yaml.org,2002:str"
    escaped = INTERPOLATION.sub(lambda match: match[1] * 2 + "\\${", value)
    if "\n" in value and BLOCK.fullmatch(value) and is_printable(value.replace("\n", "")):
        return dumper.represent_scalar(tag, escaped, style="|")
    if PLAIN.fullmatch(value) and not WORDS.fullmatch(value):
        return dumper.represent_scalar(tag, escaped)
    single = is_printable(value) and "'" not in value
    return dumper.represent_scalar(tag, escaped, style="'" if single else '"')


class _Number(str):
    """Text that is written as the number or the boolean it looks like."""

    __slots__ = ()


def format_scalar(stored: str) -> str:
    """Return a stored value to write: without quotes where a number reads back as the same text."""
    if stored in {"true", "false"} or INTEGER.fullmatch(stored):
        return _Number(stored)
    if DECIMAL.fullmatch(stored) and format_value(float(stored)) == stored:
        return _Number(stored)
    return stored


def _number(dumper: _Dumper, number: _Number) -> yaml.ScalarNode:
    kinds = {"true": "bool", "false": "bool"}
    kind = kinds.get(number, "float" if "." in number else "int")
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", str(number))


def _list(dumper: _Dumper, items: _Flow) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(str, _scalar)
_Dumper.add_representer(_Number, _number)
_Dumper.add_representer(_Flow, _list)
