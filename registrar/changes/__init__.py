"""Desired state against observed state: the changes between them, as data."""
