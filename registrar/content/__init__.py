"""A model's files on this machine: what they are, and their digest."""
