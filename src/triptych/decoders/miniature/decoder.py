"""Layers -> conditions -> network -> pixels, on a CPU, in a few tenths of a second for 512 x 512."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from PIL import Image

from ...codec.decode import Conditioning
from ...layers.detail_size import work_size
from ...threads import one_thread
from ..resize import resized
from ..sketch import SketchDecoder
from .conditions import conditions_of, first_painting
from .detail import add_detail
from .network import Network, load_miniature
from .restore import restore, share_restored


class MiniatureDecoder:
    """Paints with the network that ships in the package, loaded on first use; without colours, as `sketch` does.

    The same layers and seed give the same picture on the same machine; the last digits of floating-point sums,
    and so a level of 255 here and there, may differ between machines.
    """

    @cached_property
    def _network(self) -> Network:
        return load_miniature()

    @one_thread()
    def decode(self, conditioning: Conditioning) -> np.ndarray:
        """uint8 (height, width, 3), sRGB.

        Raises:
            ModelError: the weights in the package are damaged, or ONNX Runtime cannot be loaded.
        """
        if conditioning.colours is None:
            # A drawing, or the prompt on a card: says more than the grey relief that the network would paint.
            return SketchDecoder().decode(conditioning)
        size = conditioning.width, conditioning.height
        detail, still = (conditioning.extra.get(name) for name in ("detail", "still"))
        if still and not still.regions and not share_restored(still):
            return resized(Image.fromarray(still.pixels), *size)
        # Detail is for what is painted at the size at which it was made.
        made_at = next((given.size for given in (still, detail) if given), work_size(size))
        if still:
            painted = restore(first_painting(conditioning, *made_at), still)
        else:
            painted = self._network.paint(conditions_of(conditioning, *made_at))
            painted = add_detail(painted, detail) if detail else painted
        return resized(Image.fromarray(painted), *size)
