"""What a model has to hold after files and scripts have taken turns: the rules, written once more.

A file is a configuration, a script is a call of `registrar.register`. Both are given as mappings in
the language of configurations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import ObservedModel

CONTENTS, KEYS, ALIASES = "AB", "ab", "xy"  # few, so that files and scripts meet
TEXTS = ("old", "new")


@dataclass
class Holder:
    """A model or a version: its tags, those that the file has set, and its description."""

    tags: dict[str, str] = field(default_factory=dict)
    set_by_file: set[str] = field(default_factory=set)
    description: str = ""

    def change(self, tags: Mapping[str, str] | None, description: str | None, writer: str) -> None:
        """Set what is named; a file also removes what it has set and names no more."""
        if tags is not None and writer == "file":
            for key in self.set_by_file - tags.keys():
                self.tags.pop(key, None)
            self.set_by_file = {*tags}
        self.tags |= tags or {}
        if description is not None:
            self.description = description


@dataclass
class Expectation:
    """A model as its file and its scripts last asked for. Aliases point to contents."""

    model: Holder = field(default_factory=Holder)
    versions: dict[str, Holder] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    set_by_file: set[str] = field(default_factory=set)
    moved_by_script: set[str] = field(default_factory=set)
    protected: set[str] = field(default_factory=set)

    def apply(self, writer: str, config: Mapping[str, Any]) -> None:
        """Change the expectation as a file, or a script, asks for."""
        parent = config.get("registered_model", {})
        self.model.change(parent.get("tags"), parent.get("description"), writer)
        protected = parent.get("protected_aliases")
        if protected is not None:
            self.protected = {*protected} | (self.protected if writer == "script" else set())
        entries = entries_of(config)
        for entry in entries:
            version = self.versions.setdefault(entry["uri"], Holder())
            version.change(entry.get("metadata"), entry.get("description"), writer)
        asked = {alias: e["uri"] for e in entries for alias in e.get("aliases", ())}
        if writer == "file":
            self._drop_aliases(entries, {*asked})
            self.set_by_file |= {*asked}
            self.moved_by_script -= {*asked}
        else:
            moves = {alias for alias, uri in asked.items() if self.aliases.get(alias) != uri}
            self.moved_by_script |= moves & self.set_by_file
        self.aliases |= asked

    def _drop_aliases(self, entries: list[Any], asked: set[str]) -> None:
        """Remove what the file has set and names no more, but what a script has moved since."""
        deciding = {entry["uri"] for entry in entries if "aliases" in entry}
        for alias in self.set_by_file - asked:
            if deciding and (self.aliases.get(alias) in deciding or len(deciding) == len(entries)):
                self.set_by_file.discard(alias)
                if alias not in self.moved_by_script:
                    self.aliases.pop(alias, None)


def entries_of(config: Mapping[str, Any]) -> list[Any]:
    """The declared versions."""
    return list(config.get("versions", [config] if "uri" in config else []))


def visible(model: ObservedModel) -> dict[str, Any]:
    """What people see of a model; versions are named by their digest."""
    return {
        "tags": dict(model.tags),
        "description": model.description,
        "aliases": {a: v.digest for v in model.versions for a in v.aliases},
        "protected": {*(model.protected or ())},
        "versions": {v.digest: (dict(v.tags), v.description) for v in model.versions},
    }


def expected(expectation: Expectation) -> dict[str, Any]:
    """The same of an expectation."""
    return {
        "tags": expectation.model.tags,
        "description": expectation.model.description,
        "aliases": expectation.aliases,
        "protected": expectation.protected,
        "versions": {c: (v.tags, v.description) for c, v in expectation.versions.items()},
    }


tags = st.dictionaries(st.sampled_from(KEYS), st.sampled_from("12"))
aliases = st.lists(st.sampled_from(ALIASES), unique=True, max_size=2)


@st.composite
def steps(draw: st.DrawFn, *, protects: bool = True) -> tuple[str, dict[str, Any]]:
    """A writer, and what it asks for; a script has one version, a file has none, one or two."""
    writer = draw(st.sampled_from(["file", "script"]))
    parent = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "tags": tags,
                "description": st.sampled_from(TEXTS),
                **({"protected_aliases": aliases} if protects else {}),
            },
        )
    )
    config: dict[str, Any] = {"registered_model": parent} if parent else {}
    counts = [1] if writer == "script" else [1, 1, 2, 0 if parent else 1]
    count = draw(st.sampled_from(counts))
    free = draw(st.permutations(ALIASES))
    entries = []
    for content in draw(st.permutations(CONTENTS))[:count]:
        entry = draw(
            st.fixed_dictionaries(
                {}, optional={"metadata": tags, "description": st.sampled_from(TEXTS)}
            )
        )
        number = draw(st.sampled_from([0, 1, 1, 2, None]))
        if number is not None:
            entry["aliases"], free = free[:number], free[number:]
        entries.append({"uri": content, **entry})
    if count == 1:
        config |= entries[0]
    elif entries:
        config["versions"] = entries
    return writer, config
