"""Two versions of a model side by side: what changed, from their metrics to their files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup

from registrar.report.html.numbers import format_change, format_exact
from registrar.report.html.shown import make_checksum, shorten_distinctly
from registrar.report.html.signature_rows import list_signature_rows
from registrar.report.wording import short_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.state import ObservedVersion
    from registrar.version_evidence import Measurement

__all__ = [
    "Comparison",
    "collect_facts",
    "compare_versions",
]

LONGEST = 120  # characters of a name or a value
MOST = 100  # entries of a group
BUDGET = 60_000  # characters of all facts in a page
FILES, METRICS = "Files", "Metrics"
OTHERS = "(others)"  # the name of the entry that stands for all beyond `MOST`

Facts: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""What can be compared of a version, by group, as short text. Other values are always other texts.

A version whose files nobody knows has no group of files.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of a comparison; "" for a version that does not have the entry."""

    group: str
    name: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions that are compared without JavaScript, and the facts of all for those who have it.

    `unknown` says whose files are not known, and so not compared. `left_out` counts the versions that
    have no facts in the page.
    """

    before: int
    after: int
    differences: tuple[Difference, ...]
    unknown: str
    facts: Markup
    left_out: int


def collect_facts(
    catalogued: CataloguedModel,
    version: ObservedVersion,
    metrics: Mapping[str, Measurement],
    mask: Callable[[str], str],
) -> Facts:
    """Return what can be compared of a version. `metrics` are its own, by name and dataset."""
    number = version.number
    values = {
        name: "unknown" if item.value is None else format_exact(item.value)
        for name, item in metrics.items()
    }
    files = catalogued.files.get(number, {})
    groups: dict[str, Mapping[str, str]] = {
        METRICS: values,
        "Parameters": catalogued.params.get(number, {}),
        "Metadata": version.tags,
        "Signature": dict(list_signature_rows(catalogued.signatures.get(number))),
        "Content": {"digest": short_digest(version.digest)} if version.digest else {},
        FILES: {path: short_digest(f"sha256:{sha256}") for path, sha256 in files.items()},
    }
    return {group: _shorten_group(items, mask) for group, items in groups.items() if items}


def compare_versions(
    before: int, after: int, facts: Mapping[int, Facts], versions: int
) -> Comparison:
    """Compare two of the versions with facts; `versions` counts those of the model."""
    kept = _choose_facts({number: facts[number] for number in (after, before, *facts)})
    return Comparison(
        before,
        after,
        tuple(_compare(facts[before], facts[after])),
        _explain_unknown_files({number: facts[number] for number in (before, after)}),
        _embed(kept),
        versions - len(kept),
    )


def _shorten_group(items: Mapping[str, str], mask: Callable[[str], str]) -> dict[str, str]:
    names = sorted(items)
    if len(names) == MOST + 1:  # the entry for one other would take as much room
        shown, others = names, []
    else:
        shown, others = names[:MOST], names[MOST:]
    short = {
        shorten_distinctly(name, LONGEST, mask): shorten_distinctly(items[name], LONGEST, mask)
        for name in shown
    }
    if others:
        whole = json.dumps([[mask(name), mask(items[name])] for name in others])
        short[OTHERS] = f"{len(others):,} more, checksum {make_checksum(whole)}"
    return short


def _compare(before: Facts, after: Facts) -> Iterable[Difference]:
    """Yield what differs, in the order of the groups. Files are compared where both are known."""
    for group in dict.fromkeys((*after, *before)):
        if group == FILES and not (FILES in before and FILES in after):
            continue
        old, new = before.get(group, {}), after.get(group, {})
        for name in dict.fromkeys((*new, *old)):
            if old.get(name) != new.get(name):
                left, right = old.get(name, ""), new.get(name, "")
                change = _format_difference(left, right) if group == METRICS else ""
                yield Difference(group, name, left, right, change)


def _explain_unknown_files(facts: Mapping[int, Facts]) -> str:
    """Return whose files are not known; "" where the same digest says that they are the same."""
    digests = {groups.get("Content", {}).get("digest") for groups in facts.values()}
    unknown = [str(number) for number, groups in facts.items() if FILES not in groups]
    if not unknown or (len(digests) == 1 and None not in digests):
        return ""
    versions = "version" if len(unknown) == 1 else "versions"
    return f"Files are not compared: those of {versions} {' and '.join(unknown)} are not known."


def _choose_facts(facts: Mapping[int, Facts]) -> dict[int, list[tuple[str, str, str]]]:
    """Return the entries of as many versions as fit a page, in the order given."""
    kept: dict[int, list[tuple[str, str, str]]] = {}
    seen: set[tuple[str, str, str]] = set()
    size = 0
    for number, groups in facts.items():
        entries = [(group, *item) for group, items in groups.items() for item in items.items()]
        new = {*entries} - seen
        size += sum(len(json.dumps(entry)) for entry in new) + 5 * len(entries)
        if size > BUDGET:
            break
        seen |= new
        kept[number] = entries
    return kept


def _embed(facts: Mapping[int, Sequence[tuple[str, str, str]]]) -> Markup:
    """Return facts as JSON in which each entry stands once, and versions have the places of theirs.

    No text in it can end the element that it stands in.
    """
    places: dict[tuple[str, str, str], int] = {}
    versions = {
        str(number): [places.setdefault(entry, len(places)) for entry in entries]
        for number, entries in facts.items()
    }
    document = {"entries": [*places], "versions": versions}
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - the three characters that HTML acts on are escapes


def _format_difference(before: str, after: str) -> str:
    try:
        return format_change(float(before), float(after))
    except ValueError:
        return ""
