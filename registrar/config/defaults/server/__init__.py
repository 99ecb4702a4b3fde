"""Servers to choose from with `server=NAME`."""
