"""Overrides of the command line, split into their parts without evaluating them."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Override", "parse_override"]

OVERRIDE = re.compile(
    r"(?P<sign>[+~]*)(?P<key>[^=@]*)(@(?P<package>[^=]*))?(=(?P<value>.*))?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Override:
    """One override in Hydra's grammar, such as `+model.metadata.lr=0.1`.

    `text` is what Hydra reads, `typed` what stands on the command line. `sign` is what stands before the key: "", "+", "++" or "~". `package` follows an `@`. `value` is
    None where there is no `=`.
    """

    text: str
    sign: str
    key: str
    package: str | None
    value: str | None
    typed: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The key as a path: `model.versions.0.uri` in four parts."""
        return tuple(part for part in re.split(r"[.\[\]]+", self.key) if part)

    @property
    def full_key(self) -> str:
        """The key with its package, as in `server@promote.to`."""
        return self.key if self.package is None else f"{self.key}@{self.package}"

    @property
    def plain_value(self) -> str:
        """The value without quotation marks around it."""
        return (self.value or "").strip("'\"")

    @property
    def is_of_hydra(self) -> bool:
        """Whether it sets or chooses how Hydra itself works."""
        return self.key.partition("/")[0] == "hydra" or self.parts[:1] == ("hydra",)

    @property
    def is_removal(self) -> bool:
        """Whether it takes a value away, as `~model.verify` does."""
        return self.sign.startswith("~")


def parse_override(text: str) -> Override:
    """Return the parts of an override. Every text has parts; Hydra refuses a malformed text."""
    match = OVERRIDE.fullmatch(text)
    assert match is not None, "the pattern matches any text"
    return Override(text, match["sign"], match["key"], match["package"], match["value"], text)
