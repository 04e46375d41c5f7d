"""The decoder without a model: colours spread smoothly and stop at edges (diffusion curves)."""

from __future__ import annotations

from .decoder import SketchDecoder, paint

__all__ = ["SketchDecoder", "paint"]
