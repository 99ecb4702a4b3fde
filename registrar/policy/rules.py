"""Rules: what an organisation demands of the evidence of a version, as JSON Schemas.

A rule is judged on a document that others have made of the evidence. What a rule speaks of and the
document does not have makes it fail: nobody knows whether it holds.
"""

from __future__ import annotations

import fnmatch
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.policy.presence import demand_presence, list_mentioned_fields
from registrar.text import canonical_json, cut, plural
from registrar.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from registrar.verdicts import VerdictState

__all__ = ["Rule"]

Level: TypeAlias = Literal["refuse", "warn"]

MOST_REASONS = 10  # of one rule; the rest is counted
LONGEST_VALUE = 100  # characters of a value in a reason
# The fields of a document that are equal for all versions of a model.
OF_THE_MODEL = {"format", "config", "name", "owner", "registered_model"}
BOUNDS = {
    "minimum": "less than",
    "maximum": "more than",
    "exclusiveMinimum": "not more than",
    "exclusiveMaximum": "not less than",
    "minLength": "fewer than",
    "maxLength": "more than",
    "minItems": "fewer than",
    "maxItems": "more than",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy.

    `aliases` are those whose moves it judges; None for a rule on every declared version. `models`
    are names and patterns, None for all. `checkout` is the folder that the rule comes from, where it
    is not this checkout's own.
    """

    name: str
    schema: Mapping[str, Any]
    message: str | None = None
    level: Level = "refuse"
    aliases: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    checkout: str | None = None
    validator: Validator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the schema once."""
        from jsonschema import Draft202012Validator  # 150 ms, and most runs have no rule

        validator = Draft202012Validator(demand_presence(self.schema))
        object.__setattr__(self, "validator", validator)

    @classmethod
    def parse(cls, name: str, node: Mapping[str, Any], checkout: str | None = None) -> Rule:
        """Return the rule of a valid configuration."""
        aliases, models = node.get("aliases"), node.get("models")
        return cls(
            name,
            node["schema"],
            node.get("message"),
            node.get("level", "refuse"),
            None if aliases is None else tuple(aliases),
            None if models is None else tuple(models),
            checkout,
        )

    def is_for(self, model: str) -> bool:
        """Return whether the rule is for the registered model of this name."""
        return self.models is None or any(
            model == pattern or fnmatch.fnmatchcase(model, pattern) for pattern in self.models
        )

    @property
    def is_of_the_model(self) -> bool:
        """Whether the rule speaks of the registered model alone, whatever its versions are."""
        fields = list_mentioned_fields(self.schema)
        return self.aliases is None and fields is not None and fields <= OF_THE_MODEL

    def is_same_as(self, other: Rule) -> bool:
        """Return whether both rules demand the same of the same models."""
        mine, theirs = (
            canonical_json([rule.name, rule.schema, rule.level, rule.aliases, rule.models])
            for rule in (self, other)
        )
        return mine == theirs

    def explain(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """Return why a document is not as the rule demands; nothing where it is."""
        try:
            errors = list(self.validator.iter_errors(document))
        except RecursionError:
            return ("it refers to itself without end",)
        reasons = sorted({reason for error in errors for reason in _explain(error)})
        if len(reasons) > MOST_REASONS:
            reasons[MOST_REASONS:] = [f"and {len(reasons) - MOST_REASONS} more"]
        return tuple(reasons)

    def judge(
        self,
        document: Mapping[str, Any],
        *,
        entry: int,
        alias: str | None = None,
        replaces: int | None = None,
        waived: Collection[str] = (),
    ) -> Verdict:
        """Return the verdict on the declared version at `entry`, or on an alias that comes to it.

        `replaces` is the number of the version that the alias leaves, `waived` are the rules that a
        person has waived.
        """
        reasons = self.explain(document)
        demands: dict[str, str] = {"level": self.level}
        if numbers := self._hash_numbers(document, alias):
            demands["numbers"] = numbers
        if self.message is not None:
            demands["message"] = self.message
        if self.checkout is not None:
            # Not its folder: the job that applies a plan may have it elsewhere.
            demands["checkout"] = "policy.dir"
        return Verdict(
            alias=alias,
            entry=entry,
            kind="rule",
            name=self.name,
            state=self._conclude(reasons, waived),
            replaces=replaces,
            demands=demands,
            reasons=reasons,
        )

    def _hash_numbers(self, document: Mapping[str, Any], alias: str | None) -> str | None:
        """Return the digest of the numbers that the verdict may rest on; None where there are none."""
        fields = list_mentioned_fields(self.schema)
        if fields is not None and not fields & {"metrics", "aliases"}:
            return None
        other_side = document.get("aliases", {}).get(alias, {})
        numbers = [side["metrics"] for side in (document, other_side) if side.get("metrics")]
        if not numbers:
            return None
        return "sha256:" + hashlib.sha256(canonical_json(numbers).encode()).hexdigest()

    def _conclude(self, reasons: Collection[str], waived: Collection[str]) -> VerdictState:
        if not reasons:
            return "holds"
        if self.name in waived:
            return "allowed"
        return "warns" if self.level == "warn" else "fails"


def _explain(error: ValidationError) -> list[str]:
    """Return the reasons of one error, in words that do not change with the library."""
    where = ".".join(str(part) for part in error.absolute_path)
    value: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "required":
        absent = [key for key in rule if key not in value] if isinstance(value, dict) else rule
        return [f"{f'{where}.{key}' if where else key} is absent" for key in absent]
    match error.validator:
        case "type":
            expected = rule if isinstance(rule, str) else " or ".join(rule)
            what = f"{_show(value)} is not of the type {expected}"
        case "pattern":
            what = f"{_show(value)} does not match {_show(rule)}"
        case "const":
            what = f"{_show(value)} is not {_show(rule)}"
        case "enum":
            what = f"{_show(value)} is not one of {', '.join(map(_show, rule))}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            what = f"{_show(value)} is {BOUNDS[error.validator]} {_show(rule)}"
        case "minLength" | "maxLength":
            what = f"has {plural(len(value), 'character')}, {BOUNDS[error.validator]} {rule}"
        case "minItems" | "maxItems":
            what = f"has {plural(len(value), 'item')}, {BOUNDS[error.validator]} {rule}"
        case "contains":
            what = "has not the items that contains demands"
        case "not":
            what = "is not allowed"
        case keyword:
            what = f"is not as {keyword} demands" if where else f"{keyword} does not hold"
    return [f"{where}: {what}" if where else what]


def _show(value: Any) -> str:
    return cut(canonical_json(value), LONGEST_VALUE)
