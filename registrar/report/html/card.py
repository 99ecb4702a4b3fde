"""The model card of a version: Markdown with the head in YAML that Hugging Face's cards have."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from registrar.report.html.numbers import format_measured
from registrar.report.html.prose import is_safe_markdown
from registrar.report.html.series import name_metrics
from registrar.report.html.shown import fit
from registrar.report.html.signature_rows import list_signature_rows
from registrar.report.html.snippet import write_snippet
from registrar.report.literal import literal, literal_cell
from registrar.text import printable
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.state import ObservedVersion, Server

__all__ = ["write_card"]

LONGEST = 20_000  # bytes of a description
MOST = 200  # rows of a table, and entries of a list
LONGEST_VALUE = 400  # characters or bytes of a value
LONGEST_NAME = 120
LONGEST_LABEL = 100
LONGEST_SNIPPET = 2000  # characters; a part of it would not run


def write_card(
    catalogued: CataloguedModel,
    version: ObservedVersion,
    server: Server,
    mask: Callable[[str], str],
) -> str:
    """Return the card of a version as Markdown. `mask` takes secrets out of texts."""
    name = catalogued.model.name
    lines = [
        "---",
        *_write_head(catalogued, version, mask),
        "---",
        "",
        f"# {literal(name, mask=mask)}, version {version.number}",
        "",
    ]
    for text in (catalogued.model.description, version.description):
        if text.strip():
            lines += [*_quote(text, mask), ""]
    lines += [*_list_facts(catalogued, version, server, mask), ""]
    lines += _write_tables(catalogued, version, mask)
    snippet = [line.replace("`", "\\x60") for line in write_snippet(name, version, server)]
    if snippet and sum(map(len, snippet)) <= LONGEST_SNIPPET:
        lines += ["## How to load it", "", "```python", *snippet, "```", ""]
    return mask("\n".join(lines))


def _write_head(
    catalogued: CataloguedModel, version: ObservedVersion, mask: Callable[[str], str]
) -> Iterator[str]:
    """Yield the lines of the YAML head. Each value is JSON, which YAML reads as it is meant."""
    tags = catalogued.model.tags
    yield "library_name: mlflow"
    for key in ("license", "language", "pipeline_tag"):
        if key in tags:
            yield f"{key}: {_write_json(fit(tags[key], LONGEST_NAME, mask))}"
    labels = [*version.aliases, *(f"{key}:{value}" for key, value in sorted(tags.items()))]
    yield f"tags: {_write_json([fit(label, LONGEST_LABEL, mask) for label in labels[:MOST]])}"
    results = [*_list_results(catalogued, version, mask)]
    if results:
        yield "model-index:"
        yield f"- name: {_write_json(fit(catalogued.model.name, LONGEST_VALUE, mask))}"
        yield "  results:"
        yield from (f"  - {_write_json(result)}" for result in results)


def _list_results(
    catalogued: CataloguedModel, version: ObservedVersion, mask: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Yield what Hugging Face reads as results: the first metrics, by their datasets."""
    measured = [
        (name, item.dataset or "", item.value)
        for name, items in sorted(catalogued.metrics.get(version.number, {}).items())
        for item in items
        if item.value is not None and math.isfinite(item.value)
    ]
    by_dataset: dict[str, list[dict[str, Any]]] = {}
    for name, dataset, value in measured[:MOST]:
        shown = fit(name, LONGEST_NAME, mask)
        metric = {"type": shown, "name": shown, "value": value}
        by_dataset.setdefault(dataset, []).append(metric)
    task = fit(catalogued.model.tags.get("pipeline_tag", "other"), LONGEST_NAME, mask)
    for dataset, metrics in sorted(by_dataset.items()):
        known = fit(dataset, LONGEST_NAME, mask) or "not recorded"
        yield {
            "task": {"type": task},
            "dataset": {"name": known, "type": known},
            "metrics": metrics,
        }


def _list_facts(
    catalogued: CataloguedModel,
    version: ObservedVersion,
    server: Server,
    mask: Callable[[str], str],
) -> Iterator[str]:
    facts = {
        "aliases": ", ".join(version.aliases),
        "registry": safe_uri(server.registry_uri),
        "owner": catalogued.model.owner or "",
        "digest": version.digest or "",
        "source": safe_uri(version.source),
        "commit": version.tags.get("git_commit", ""),
        "CI run": version.tags.get("ci_run", ""),
    }
    for name, text in facts.items():
        if text:
            yield f"- {name}: {literal(text, mask=mask)}"


def _write_tables(
    catalogued: CataloguedModel, version: ObservedVersion, mask: Callable[[str], str]
) -> Iterator[str]:
    """Yield the lines of the tables of a version, each below its title; none for an empty table."""
    number = version.number
    metrics = name_metrics(catalogued).get(number, {})
    values = [(name, format_measured(item)) for name, item in metrics.items()]
    params = sorted(catalogued.params.get(number, {}).items())
    signature = list_signature_rows(catalogued.signatures.get(number))
    tables = (
        ("Metrics", "metric", "value", "---:", values),
        ("Parameters", "parameter", "value", "---", params),
        ("Signature", "field", "type", "---", signature),
    )
    for title, head, other_head, rule, rows in tables:
        if not rows:
            continue
        yield from (f"## {title}", "", f"| {head} | {other_head} |", f"| --- | {rule} |")
        for name, value in rows[:MOST]:
            cells = (
                literal_cell(name, LONGEST_NAME, mask=mask),
                literal_cell(value, LONGEST_VALUE, mask=mask),
            )
            yield f"| {cells[0]} | {cells[1]} |"
        yield ""
        if len(rows) > MOST:
            yield from (f"{len(rows) - MOST:,} more are in the registry.", "")


def _quote(text: str, mask: Callable[[str], str]) -> Iterator[str]:
    """Yield a description; as a block of code, in which nothing is live, where it holds more than text."""
    text = fit(text.strip(), LONGEST, mask)
    if is_safe_markdown(text):
        yield text
        return
    lines = [printable(line) for line in text.splitlines()]
    if all("`" not in line for line in lines):
        yield from ("```text", *lines, "```")
    else:
        yield from (f"    {line}" for line in lines)


def _write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)
