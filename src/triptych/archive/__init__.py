"""Archives of files that answer: an index to find pictures by what made them, and a gallery to look through."""

from __future__ import annotations

from .gallery import Gallery, make_gallery
from .index import INDEX_NAME, Change, Index
from .query import Found, Query

__all__ = ["INDEX_NAME", "Change", "Found", "Gallery", "Index", "Query", "make_gallery"]
