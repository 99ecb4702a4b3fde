"""The difference between desired and observed state, as data."""
