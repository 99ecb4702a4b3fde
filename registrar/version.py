"""The version of registrar. This module imports nothing."""

__all__ = ["__version__"]

__version__ = "0.1.0"
