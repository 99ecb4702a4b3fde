"""Text of others inside Markdown: a code span, in which no page makes anything live.

Everything that comes from a configuration, a registry, a server or an error goes through `literal`,
so that it mentions nobody, refers to no issue, and is no link, image, formula, emoji or HTML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registrar.secrets import mask_values
from registrar.text import cut, printable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["literal", "literal_cell"]

MOST = 1000  # characters of one text
# GitHub's parser takes no more than 80 backticks for a fence; what stands between more is live.
LONGEST_FENCE = 8
BACKTICK = r"\u0060"  # as JSON writes it, like all letters that would not be seen
PIPE = r"\u007c"


def literal(text: str, most: int | None = MOST, *, mask: Callable[[str], str] = mask_values) -> str:
    r"""Return a code span that shows `text` as it is; "" where it is empty.

    It is on one line, and ends with `...` after `most` characters. Letters that a person cannot see
    stand there as JSON writes them. `mask` takes secrets out of the text.

    >>> print(literal("@team `x`\n"))
    ``@team `x`\n``
    """
    text = printable(mask(text))  # before it is cut: a part of a secret is a secret
    if not text:
        return ""
    if most is not None:
        text = cut(text, most)
    runs = {len(run) for run in re.findall("`+", text)}
    length = next(n for n in range(1, len(runs) + 2) if n not in runs)
    if length > LONGEST_FENCE:
        text, length = text.replace("`", BACKTICK), 1
    # One space at both ends belongs to the fence. Next to a backtick of the fence, a backtick would
    # lengthen it, and a dollar would start a formula.
    is_padded = text[0] in " `$" or text[-1] in " `$"
    pad = " " if is_padded and text.strip(" ") else ""
    return f"{'`' * length}{pad}{text}{pad}{'`' * length}"


def literal_cell(
    text: str, most: int | None = MOST, *, mask: Callable[[str], str] = mask_values
) -> str:
    r"""Return `literal` for a cell of a table, which ends at each `|` that has no `\` before it.

    Parsers do not agree on `\\|`, so a pipe after a backslash is written as JSON writes it.
    """
    return re.sub(
        r"(\\?)\|", lambda found: rf"\{PIPE}" if found[1] else r"\|", literal(text, most, mask=mask)
    )
