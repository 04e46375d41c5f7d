"""Decoders that let a program paint which the user already runs: ComfyUI, A1111's web UI or Forge, over HTTP."""

from __future__ import annotations

from .a1111 import A1111Decoder
from .comfyui import ComfyUIDecoder
from .replay import RegenerateDecoder, regenerate

__all__ = ["A1111Decoder", "ComfyUIDecoder", "RegenerateDecoder", "regenerate"]
