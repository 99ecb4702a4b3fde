"""The verdicts on an alias in words: what was measured, what is demanded, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.policy.number_text import shorten_sides, shorten_value
from registrar.policy.verdict_problems import list_reasons
from registrar.report.metric_names import metric_number
from registrar.report.wording import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from registrar.verdicts import Verdict
    from registrar.version_evidence import Measurement

__all__ = ["split_conclusion", "verdict_cells", "verdict_lines"]

STATES = {"holds": "holds", "fails": "FAILS", "allowed": "fails, and is allowed", "warns": "warns"}
INDENT = " " * 6


def verdict_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield a line for each verdict, with aligned columns."""
    rows = [verdict_cells(verdict) for verdict in verdicts]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True) if width)
        yield f"{INDENT}{'  '.join(cells)}".rstrip()


def verdict_cells(verdict: Verdict) -> tuple[str, str, str, str]:
    """Return what a verdict is about, what was measured, what is demanded, and what came of it."""
    return (
        display(
            f"rule {verdict.name}" if verdict.kind == "rule" and verdict.alias else verdict.name
        ),
        _describe_measured(verdict),
        display(demanded) if (demanded := _describe_demanded(verdict)) else "",
        _conclude(verdict),
    )


def _describe_measured(verdict: Verdict) -> str:
    before, after = verdict.before, verdict.after
    if verdict.kind == "signature":
        return verdict.change or ""
    if after is None:
        return ""
    values = _describe_values(before, after, verdict.demands)
    name = after.dataset or after.dataset_digest
    if name is None:
        return values
    digest = f" ({after.dataset_digest})" if after.dataset and after.dataset_digest else ""
    return f"{values}  on {display(name + digest)}"


def _describe_values(
    before: Measurement | None, after: Measurement, demands: Mapping[str, Any]
) -> str:
    new = metric_number(after)
    old = None if before is None else metric_number(before)
    if old is not None and new is not None:
        return " -> ".join(shorten_sides(old, new, demands))
    text = "unknown" if new is None else shorten_value(new, demands)
    was = "unknown" if old is None else shorten_value(old, {})
    return text if before is None else f"{was} -> {text}"


def _describe_demanded(verdict: Verdict) -> str:
    """Return the bounds as `min 0.95, max_change 5%`; of other gates what they ask for."""
    if verdict.kind == "metric":
        bounds = {key: value for key, value in verdict.demands.items() if key != "dataset"}
        return ", ".join(f"{key} {value}" for key, value in bounds.items())
    if verdict.kind == "rule":
        return str(verdict.demands.get("message", ""))
    values = verdict.demands.get(verdict.name, "")
    return ", ".join(values) if isinstance(values, list) else str(values)


def split_conclusion(verdict: Verdict) -> tuple[str, str]:
    """Return what came of a verdict, and why; "" where there is nothing to explain."""
    texts = verdict.reasons or verdict.remarks
    return STATES[verdict.state], list_reasons(texts, display)


def _conclude(verdict: Verdict) -> str:
    return ": ".join(text for text in split_conclusion(verdict) if text)
