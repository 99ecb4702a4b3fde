"""The commands. Each module has the name of its command."""

from __future__ import annotations

from registrar.commands.dispatch import run_command

__all__ = ["run_command"]
