"""The registry on a server or in a database: what registrar needs of it, and how to connect.

The only package that imports mlflow, and only inside functions: `validate` and `--help` answer
without it.
"""

from __future__ import annotations

from registrar.registry.connect import connect
from registrar.registry.protocol import Backend, Registry, Store

__all__ = ["Backend", "Registry", "Store", "connect"]
