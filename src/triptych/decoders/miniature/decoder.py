"""Layers -> conditions -> network -> pixels, on a CPU, in about a quarter of a second for 512 x 512."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from PIL import Image

from ...codec.decode import Conditioning
from ..resize import resized
from ..sketch import SketchDecoder
from .conditions import conditions_of
from .network import Network, load_miniature
from .words import Words, load_words

# The network works at the picture's size within these bounds of its longer side, in pixels.
LEAST, MOST = 256, 1024


class MiniatureDecoder:
    """Paints with the network that ships in the package, loaded on first use; without colours, as `sketch` does.

    The same layers and seed give the same picture on the same machine; the last digits of floating-point sums,
    and so a level of 255 here and there, may differ between machines.
    """

    @cached_property
    def _network(self) -> Network:
        return load_miniature()

    @cached_property
    def _words(self) -> Words:
        return load_words()

    def decode(self, conditioning: Conditioning) -> np.ndarray:
        """uint8 (height, width, 3), sRGB.

        Raises:
            ModelError: the weights in the package are damaged, or ONNX Runtime cannot be loaded.
        """
        if conditioning.colours is None:
            # A drawing, or the prompt on a card: says more than the grey relief that the network would paint.
            return SketchDecoder().decode(conditioning)
        size = conditioning.width, conditioning.height
        conditions = conditions_of(conditioning, self._words, *work_size(*size))
        return resized(Image.fromarray(self._network.paint(conditions)), *size)


def work_size(width: int, height: int) -> tuple[int, int]:
    """The size that the network paints at."""
    longer = max(width, height)
    scale = min(max(longer, LEAST), MOST) / longer
    return max(1, round(width * scale)), max(1, round(height * scale))
