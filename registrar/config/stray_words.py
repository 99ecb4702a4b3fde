"""Words that are no FIELD=VALUE: fields that spaces tear apart, and words without a field."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from registrar.config.override import parse_override
from registrar.config.quoting import quote_override, redact
from registrar.config.schema import known_fields
from registrar.config.short_forms import command_fields, expand_override
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["count_torn_words", "explain_stray_words", "explain_torn_field"]

FIELD = re.compile(r"[A-Za-z][\w.-]*")
TORN = re.compile(r"(?P<field>[^\s=:]+) ?[=: ] ?(?P<value>.*)", re.DOTALL)
NOT_ONE_WORD = "is not FIELD=VALUE in one word"


def count_torn_words(words: Sequence[str], is_bare: Callable[[str], bool]) -> int:
    """Return how many words, from the first on, are one field that spaces tear apart; else 0.

    Such fields are `model = iris`, `model: iris`, `model iris` and `model.aliases=[a, b]`.
    `is_bare` says whether a word can be a value alone: it is no command, no flag and no field.
    """
    field, equals, value = words[0].partition("=")
    second, third = (*words[1:3], "", "")[:2]
    if not FIELD.fullmatch(field.rstrip(":")):
        return 0
    if value:
        return _count_value(words, is_bare)
    if equals or field.endswith(":"):
        return 2 if is_bare(second) else 0
    if second == "=":
        return 3 if is_bare(third) else 2
    if second.startswith("="):
        return 2
    return 2 if _is_field(field) and is_bare(second) else 0


def explain_torn_field(words: Sequence[str]) -> Problem:
    """Return the problem of one field in several words."""
    typed = " ".join(words)
    match = TORN.fullmatch(typed)
    assert match is not None, "count_torn_words finds nothing else"
    field, value = match["field"], match["value"] or "VALUE"
    hint = f"Write {_quote(f'{field}={value}')}."
    return Problem("invalid-override", NOT_ONE_WORD, hint).at(override=redact(typed))


def explain_stray_words(words: Sequence[str], before: str, command: str) -> Problem:
    """Return the problem of words after a command that have no field; `before` is the word before."""
    typed = " ".join(words)
    names = ",".join(words)
    field, _, value = before.partition("=")
    if field in {"model", "models"} and value:
        hint = f"For several models: models={redact(value)},{names}."
    elif value and not before.startswith("-"):
        hint = f"If it belongs to the value before it, write {_quote(f'{before} {typed}')}."
    elif _is_field(words[0]):
        hint = f"Write {names}=VALUE."
    elif "name" in command_fields(command) and len(words) == 1:
        hint = f"A registered model is chosen with name={names}."
    elif len(words) == 1:
        hint = f"A model is chosen with model={names}."
    else:
        hint = f"Several models are chosen with models={names}."
    return Problem("stray-word", f"{command} takes no word '{typed}'", hint)


def _count_value(words: Sequence[str], is_bare: Callable[[str], bool]) -> int:
    """Return how many words a value spans that ends with a comma, or opens a bracket; else 0."""
    text = words[0]
    for count, word in enumerate(words[1:], 2):
        is_open = _depth(text) > 0
        if not is_open and not (text.endswith(",") and is_bare(word)):
            return count - 1 if count > 2 else 0
        text += f" {word}"
    return len(words) if len(words) > 1 and _depth(text) <= 0 and not text.endswith(",") else 0


def _depth(text: str) -> int:
    return sum(text.count(mark) for mark in "[{") - sum(text.count(mark) for mark in "]}")


def _is_field(name: str) -> bool:
    """Return whether some command has a field of this name, or a field of a model is meant."""
    roots = known_fields(())
    return name.partition(".")[0] in {*roots, *(n for root in roots for n in known_fields((root,)))}


def _quote(override: str) -> str:
    """Return an override as one word of a shell, with one value for Hydra."""
    expanded = expand_override(override, "apply", is_sweep=False, is_group=lambda _: False)
    is_list = (expanded.value or "")[:1] in {"[", "{"}
    has_comma = "," in (parse_override(override).value or "")
    text = quote_override(override) if has_comma and not is_list else shlex.quote(override)
    return redact(text)
