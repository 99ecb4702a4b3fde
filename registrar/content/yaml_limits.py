"""Limits of a YAML file, so that a small file cannot take the time or the memory of a runner.

A file of 359 bytes expands to a million nodes by aliases of aliases (the "billion laughs").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from registrar.errors import Problem
from registrar.plain_files import read_plain

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    class _Mark(Protocol):
        """A place in a text, from 0, whichever parser it comes from."""

        line: int
        column: int


__all__ = [
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_FILE_BYTES",
    "SAFE_LOADER",
    "YamlLimitError",
    "check_depth",
    "check_expansion",
    "check_numbers",
    "check_size",
    "read_limited",
]

SAFE_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_FILE_BYTES = 8 * 2**20
MAX_DEPTH = 100
MAX_ALIAS_NODES = 10_000
MAX_ALIAS_BYTES = 2**20

# Without so many brackets, and without a line indented so far, no text is too deep: one column of
# indentation can hold two levels, a list and a mapping in it.
FEW_BRACKETS = MAX_DEPTH // 2
DEEP_LINE = re.compile(rf"^[ \t?:-]{{{MAX_DEPTH // 4},}}", re.MULTILINE)
# Numbers of such a length take quadratic time, and Python does not print them.
MAX_DIGITS = 1000
LONG_NUMBER = re.compile(
    rf"[-+]?(?:0[xXoObB][0-9a-fA-F_]{{{MAX_DIGITS},}}|[.0-9][-+0-9_:.eE]{{{MAX_DIGITS},}})"
)


class YamlLimitError(yaml.YAMLError):
    """A YAML document that is larger than a configuration may be; `problem` says in which way."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_limited(path: Path) -> bytes:
    """Return the content of a YAML file. Raises YamlLimitError and OSError."""
    content = read_plain(path, MAX_FILE_BYTES)
    check_size(content)
    return content


def check_size(content: bytes | str) -> None:
    """Raise YamlLimitError for a document that is too large."""
    if len(content) > MAX_FILE_BYTES:
        message = f"is larger than {MAX_FILE_BYTES // 2**20} MiB, which is too large for YAML here"
        raise YamlLimitError(
            Problem("yaml-too-large", message, "Split it, or leave the data out of it.")
        )


def check_depth(text: str) -> None:
    """Raise YamlLimitError for a text that nests too deeply. A text that is no YAML passes.

    Composing a text that nests deeper than Python's stack ends the process, so this looks at
    events, which need no stack.
    """
    brackets = text.count("[") + text.count("{")
    if brackets < FEW_BRACKETS and not DEEP_LINE.search(text):
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=SAFE_LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    message = f"nests deeper than {MAX_DEPTH} levels"
                    raise _excess(message, "Write it flat.", event.start_mark)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except YamlLimitError:
        raise
    except yaml.YAMLError:
        return  # composing it fails at the same place, and says why


def check_numbers(text: str, root: yaml.Node) -> None:
    """Raise YamlLimitError for a number of more digits than anybody writes."""
    if len(text) < MAX_DIGITS or not LONG_NUMBER.search(text):
        return
    seen: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        pending += _children(node)
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        if is_plain and LONG_NUMBER.fullmatch(node.value):
            message = f"a number has more than {MAX_DIGITS} digits"
            raise _excess(message, "Quote it.", node.start_mark)


def check_expansion(root: yaml.Node) -> None:
    """Raise YamlLimitError for nodes that aliases expand too far, at the first such node.

    A node that holds itself expands without end.
    """
    sizes: dict[int, tuple[int, int]] = {}  # id of a node -> its nodes and bytes, expanded
    own_bytes = 0
    open_nodes: set[int] = set()
    stack: list[tuple[yaml.Node, bool]] = [(root, False)]
    while stack:
        node, children_done = stack.pop()
        if children_done:
            children = _children(node)
            open_nodes.discard(id(node))
            length = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
            own_bytes += length
            nodes = 1 + sum(sizes[id(child)][0] for child in children)
            size = length + sum(sizes[id(child)][1] for child in children)
            sizes[id(node)] = nodes, size
            # Without aliases both are at most what the nodes so far have themselves.
            if nodes > MAX_ALIAS_NODES + len(sizes) or size > MAX_ALIAS_BYTES + own_bytes:
                limits = f"{MAX_ALIAS_NODES} values or {MAX_ALIAS_BYTES // 2**20} MiB"
                message = f"aliases expand to more than {limits}"
                raise _excess(message, "Write the values out.", node.start_mark)
        elif id(node) in open_nodes:
            message = "the value holds itself by an alias"
            raise _excess(message, "Write the value out.", node.start_mark)
        elif id(node) not in sizes:
            open_nodes.add(id(node))
            stack.append((node, True))
            stack += [(child, False) for child in reversed(_children(node))]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _excess(message: str, hint: str, mark: _Mark | None) -> YamlLimitError:
    problem = Problem("yaml-too-large", message, hint)
    return YamlLimitError(
        problem.at(line=mark.line + 1, column=mark.column + 1) if mark else problem
    )
