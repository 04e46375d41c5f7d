"""Editing the layers of a picture without decoding it: pure functions, `Picture` -> `Picture`.

    from triptych import Picture, edit
    picture = Picture.open("harbour.trp")
    picture = edit.erase_object(picture, "60%,40%,75%,70%", words="sailing boats")
    picture = edit.shift_colours(picture, hue=30)
    edit.thin(picture, max_bytes=600).save("evening.trp")

Only the touched layer is coded anew; every other layer keeps its exact bytes. Side effects (text cut, joints
lost) are in `Picture.notes`. Every function raises `InputError`, one line, for what cannot be done.

Regions are texts, numbers, masks or `regions.Region` (see `regions`); a cell belongs to a region by its centre.
"""

from __future__ import annotations

from .colours import blend, fill, match_palette, paint, reduce_palette, replace_texture, shift_colours
from .edges import (
    copy_edges,
    draw_edges,
    erase_edges,
    keep_edges,
    mirror_edges,
    move_edges,
    replace_edges,
    rotate_edges,
    scale_edges,
    smooth_edges,
)
from .geometry import crop, drop_layers, keep_layers, mirror, resize, resize_canvas, set_seed, transplant
from .objects import erase_object, move_object
from .people import (
    add_people,
    add_person,
    mirror_person,
    move_joint,
    move_person,
    remove_person,
    replace_people,
    scale_person,
)
from .prompt import append_prompt, replace_prompt, set_prompt
from .regions import Region, find_region
from .thinning import thin

__all__ = [
    "Region",
    "add_people",
    "add_person",
    "append_prompt",
    "blend",
    "copy_edges",
    "crop",
    "draw_edges",
    "drop_layers",
    "erase_edges",
    "erase_object",
    "fill",
    "find_region",
    "keep_edges",
    "keep_layers",
    "match_palette",
    "mirror",
    "mirror_edges",
    "mirror_person",
    "move_edges",
    "move_joint",
    "move_object",
    "move_person",
    "paint",
    "reduce_palette",
    "remove_person",
    "replace_edges",
    "replace_people",
    "replace_prompt",
    "replace_texture",
    "resize",
    "resize_canvas",
    "rotate_edges",
    "scale_edges",
    "scale_person",
    "set_prompt",
    "set_seed",
    "shift_colours",
    "smooth_edges",
    "thin",
    "transplant",
]
