"""The embedded decoder: a small network of our own that gives texture to what `sketch` paints."""

from .decoder import MiniatureDecoder

__all__ = ["MiniatureDecoder"]
