"""Archives of files that answer: an index to find pictures by what made them, and a gallery to look through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .gallery import Gallery, make_gallery
    from .index import INDEX_NAME, Change, Index
    from .query import Found, Query

# Public name -> module that has it, imported on first use: a question is answered sooner than NumPy is imported.
_LAZY = {
    "INDEX_NAME": "index",
    "Change": "index",
    "Found": "query",
    "Gallery": "gallery",
    "Index": "index",
    "Query": "query",
    "make_gallery": "gallery",
}

__all__ = ["INDEX_NAME", "Change", "Found", "Gallery", "Index", "Query", "make_gallery"]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
