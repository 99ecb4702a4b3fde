"""Perform the changes of a plan, exactly once."""
