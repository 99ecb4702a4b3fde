"""Find which of the recorded moves of an alias were completed.

MLflow does not tell. A record says where the alias was when registrar was about to move it, and the
server says where it is now. Of all stories that fit both, the one with the fewest moves by hand counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.events import Event

__all__ = ["find_fates"]

# An `overtaken` move was planned before the one before it was made, and came too late.
MoveFate: TypeAlias = Literal["made", "not-completed", "overtaken"]

# What is less likely costs more: a killed run, a run that was overtaken, a move by hand.
NOT_COMPLETED, OVERTAKEN, OUTSIDE = 2, 3, 4
MARGIN = 2 * OUTSIDE  # a story that is worse by more never becomes the best one


@dataclass(frozen=True, slots=True)
class _Story:
    """One possible result of the first events, and the position of the alias after them.

    `before` is where it was before registrar moved it there; a run may have seen it there still.
    """

    position: int | None
    before: int | None
    cost: int = 0
    fate: MoveFate | None = None
    earlier: _Story | None = None

    def go_on(self, event: Event) -> Iterator[_Story]:
        """Yield the stories in which this event comes next."""
        source, cost = event.source, self.cost
        before = self.before
        if source != self.position:
            before = source
            if source == self.before:
                late = cost + OVERTAKEN
                yield _Story(self.position, self.before, late, "overtaken", self)
            cost += OUTSIDE
        yield _Story(event.target, source, cost, "made", self)
        yield _Story(source, before, cost + NOT_COMPLETED, "not-completed", self)

    def list_fates(self) -> list[MoveFate]:
        """Return what became of each event, in their order."""
        fates: list[MoveFate] = []
        story: _Story | None = self
        while story is not None and story.fate is not None:
            fates.append(story.fate)
            story = story.earlier
        return fates[::-1]


def find_fates(events: Sequence[Event], now: int | None) -> list[MoveFate]:
    """Return what became of each event of an alias that points to version `now`.

    The events are in the order of their chain.
    """
    stories = [_Story(None, None)]
    for event in events:
        best: dict[tuple[int | None, int | None], _Story] = {}
        for after in (after for story in stories for after in story.go_on(event)):
            place = after.position, after.before
            if place not in best or after.cost < best[place].cost:
                best[place] = after
        least = min(story.cost for story in best.values())
        stories = [story for story in best.values() if story.cost <= least + MARGIN]
    return min(
        stories, key=lambda story: story.cost + (OUTSIDE if story.position != now else 0)
    ).list_fates()
