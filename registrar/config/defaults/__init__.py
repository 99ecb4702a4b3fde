"""Defaults that every composed configuration starts from (a package, so Hydra finds it)."""
