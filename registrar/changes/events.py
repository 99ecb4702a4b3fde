"""The change that records the move of an alias, and the chain that the records of an alias form.

Each record names the one before. So two moves never have the same key, a repetition of one move
always has, and the order of the records depends on no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from registrar.events import Event, event_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.state import ObservedModel
    from registrar.verdicts import Verdict

__all__ = ["EventContext", "RecordEvent", "find_previous", "keep_verdicts", "list_events"]


@dataclass(frozen=True, slots=True)
class EventContext:
    """The fields of an event that are empty in a plan, and filled in when the plan is executed.

    `previous` is the key of the event before. `by` says who moves the alias, and where that runs.
    `checksum` is that of the plan, `verdicts` and `waived` are what gates and rules say.
    """

    previous: str | None = None
    by: Mapping[str, str] = field(default_factory=dict)
    checksum: str | None = None
    verdicts: tuple[Mapping[str, Any], ...] = ()
    waived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Record that an alias moves, right before it does.

    `entry` is the index of the declared version that the alias comes to; None for its removal.
    `version` is the number of that version, None until the plan has created it. `digest` is that of
    the version which holds the event.
    """

    action: ClassVar[Literal["create"]] = "create"
    kind: ClassVar[Literal["event"]] = "event"

    entry: int | None
    alias: str
    before: int | None
    version: int | None
    digest: str | None
    context: EventContext = field(default_factory=EventContext, compare=False)

    @property
    def is_removal(self) -> bool:
        """Whether the alias is removed."""
        return self.entry is None

    @property
    def holder(self) -> int | None:
        """The number of the version that gets the event; None until it is created."""
        return self.before if self.is_removal else self.version

    def with_context(self, context: EventContext) -> RecordEvent:
        """Return the change with the fields that are filled in when it is executed."""
        return replace(self, context=context)

    def with_previous(self, previous: str | None) -> RecordEvent:
        """Return the change; its event follows the one with this key."""
        return replace(self, context=replace(self.context, previous=previous))

    def to_event(self, at: str) -> Event:
        """Return the event of a move at this time, in ISO 8601 and UTC."""
        known = self.context
        key = event_key(self.alias, self.before, self.version, self.digest, known.previous)
        return Event(
            key=key,
            alias=self.alias,
            source=self.before,
            target=self.version,
            digest=self.digest,
            at=at,
            by=known.by,
            checksum=known.checksum,
            verdicts=known.verdicts,
            waived=known.waived,
            previous=known.previous,
        )


def list_events(observed: ObservedModel | None) -> tuple[Event, ...]:
    """Return the events of all versions of a model."""
    versions = observed.versions if observed is not None else ()
    return tuple(event for version in versions for event in version.events)


def find_previous(alias: str, number: int | None, events: Iterable[Event]) -> str | None:
    """Return the key of the event that the next one of an alias follows; None for the first one.

    `number` is the version that the alias points to. An event that another one follows is never
    followed again: so the next event has another key than every event that is known.
    """
    own = [event for event in events if event.alias == alias]
    followed = {event.previous for event in own}
    ends = [event for event in own if event.key not in followed] or own
    fitting = [event for event in ends if number in {event.source, event.target}] or ends
    latest = max(fitting, key=lambda event: (event.at, event.key), default=None)
    return None if latest is None else latest.key


def keep_verdicts(
    alias: str, entry: int | None, verdicts: Iterable[Verdict]
) -> tuple[tuple[Mapping[str, Any], ...], tuple[str, ...]]:
    """Return the verdicts on one alias as an event keeps them, and the names of the waived rules.

    Those on the version that the alias comes to are among them.
    """
    on_version = (None, entry)
    own = [v for v in verdicts if v.alias == alias or (v.alias, v.entry) == on_version]
    waived = [v.name for v in own if v.kind == "rule" and v.state == "allowed"]
    return tuple(map(_compact, own)), tuple(sorted(waived))


def _compact(verdict: Verdict) -> dict[str, Any]:
    """Return the fields of a verdict that say something; the event tells the versions itself."""
    known = {"alias", "entry", "replaces"}
    return {
        name: value
        for name, value in verdict.to_dict().items()
        if name not in known and value is not None and value not in ([], {})
    }
