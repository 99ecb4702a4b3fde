"""One line of the table of figures."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `unit` is x for a ratio."""

    what: str
    against: str
    value: float
    most: float
    unit: str = "x"

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.most

    @property
    def measured(self) -> str:
        """The value with its unit."""
        digits = 2 if self.unit == "x" else 0
        return f"{self.value:.{digits}f} {self.unit}"

    @property
    def limit(self) -> str:
        """The limit with its unit."""
        return f"{self.most:g} {self.unit}"
