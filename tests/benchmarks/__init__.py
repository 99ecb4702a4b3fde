"""Measurements of what registrar promises to be quick at."""
