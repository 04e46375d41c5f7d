"""All edits as a table: an option, what of `triptych.edit` it calls, and with what.

The command line and the studio read it. It loads neither of them, and `triptych.edit` only when an edit is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Edit:
    """One edit.

    Attributes:
        option: on the command line.
        function: its name in `triptych.edit`.
        metavars: the values it takes, by what they are called in the help; they decide how texts are read.
        help: one line.
        last: the last value is given by this name.
        fixed: what else is given.
    """

    option: str
    function: str
    metavars: tuple[str, ...]
    help: str
    last: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def call(self, values: tuple[Any, ...]) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """(the function of `triptych.edit`, its arguments after the picture, those by name)."""
        if self.last:
            return self.function, values[:-1], {self.last: values[-1], **self.fixed}
        if self.metavars[-1:] == ("A,B",):
            return self.function, (*values[:-1], *values[-1]), dict(self.fixed)
        return self.function, values, dict(self.fixed)

    def make(self, picture: Any, values: tuple[Any, ...]) -> Any:
        """The edited `Picture`."""
        function, given, named = self.call(values)
        return getattr(import_module(".edit", __package__), function)(picture, *given, **named)


GROUPS: dict[str, tuple[Edit, ...]] = {
    "objects": (
        Edit("--erase", "erase_object", ("REGION",), "take an object away: edges cleared, colours filled in"),
        Edit("--move", "move_object", ("REGION", "DX,DY"), "move an object in every layer"),
        Edit("--duplicate", "move_object", ("REGION", "DX,DY"), "put a copy of it there, and leave it where it is",
             fixed={"keep": True}),
    ),
    "text": (
        Edit("--prompt", "set_prompt", ("TEXT",), "put this in place of the prompt; '' takes it away"),
        Edit("--append", "append_prompt", ("TEXT",), "add this to the prompt, after a comma"),
        Edit("--replace-text", "replace_prompt", ("OLD", "NEW"), "replace a text in the prompt"),
        Edit("--replace-regex", "replace_prompt", ("PATTERN", "NEW"), "replace what a regular expression matches",
             fixed={"regex": True}),
    ),
    "edges": (
        Edit("--erase-edges", "erase_edges", ("REGION",), "remove the edges in a region"),
        Edit("--keep-edges", "keep_edges", ("REGION",), "remove the edges outside it"),
        Edit("--move-edges", "move_edges", ("REGION", "DX,DY"), "move them right and down"),
        Edit("--smooth-edges", "smooth_edges", ("REGION", "CELLS"), "smooth them, by up to so many cells"),
        Edit("--scale-edges", "scale_edges", ("REGION", "FACTOR"), "make them larger, about the region's middle"),
        Edit("--rotate-edges", "rotate_edges", ("REGION", "DEGREES"), "turn them clockwise about it"),
        Edit("--mirror-edges", "mirror_edges", ("REGION",), "swap left and right"),
        Edit("--flip-edges", "mirror_edges", ("REGION",), "swap top and bottom", fixed={"upside_down": True}),
        Edit("--copy-edges", "copy_edges", ("FILE", "REGION", "TO"),
             "put a region of another file or edge map into the box TO of this one"),
        Edit("--replace-edges", "replace_edges", ("FILE",), "take all edges from another file or edge map"),
        Edit("--draw", "draw_edges", ("POINTS", "WIDTH"), "draw a line 'X,Y X,Y ...'; a wide one as its outline"),
    ),
    "people (counted from 1)": (
        Edit("--move-joint", "move_joint", ("N", "JOINT", "X,Y"),
             "put a joint (nose, left-wrist, ...) to a place; 'none' takes it away"),
        Edit("--move-person", "move_person", ("N", "DX,DY"), "move a person right and down"),
        Edit("--scale-person", "scale_person", ("N", "FACTOR"), "make a person larger, about its middle"),
        Edit("--mirror-person", "mirror_person", ("N",), "turn a person round, left for right"),
        Edit("--remove-person", "remove_person", ("N",), "take a person away"),
        Edit("--add-person", "add_person", ("X,Y", "HEIGHT"), "add a standing person around a place"),
        Edit("--add-people", "add_people", ("FILE",), "add the people of an OpenPose JSON file"),
        Edit("--replace-people", "replace_people", ("FILE",), "take all people from such a file"),
    ),
    "colours": (
        Edit("--paint", "paint", ("REGION", "COLOUR"), "give the cells in a region one colour"),
        Edit("--fill", "fill", ("REGION",), "fill it smoothly from around it"),
        Edit("--blend", "blend", ("REGION", "COLOUR|FILE", "AMOUNT"), "mix in a colour or another picture, 0 to 1"),
        Edit("--hue", "shift_colours", ("REGION", "DEGREES"), "turn the hues; 120 makes red green", last="hue"),
        Edit("--saturation", "shift_colours", ("REGION", "PERCENT"), "-100 (grey) to 1000", last="saturation"),
        Edit("--lightness", "shift_colours", ("REGION", "PERCENT"), "-100 to 100", last="lightness"),
        Edit("--temperature", "shift_colours", ("REGION", "PERCENT"), "-100 (bluish) to 100 (reddish)",
             last="temperature"),
        Edit("--match", "match_palette", ("FILE",), "take over the palette of another file or picture"),
        Edit("--palette", "reduce_palette", ("COLOURS",), "reduce to 2 to 64 colours, or to these: 'navy+gold+#ffe'"),
        Edit("--replace-colours", "replace_texture", ("COLOUR|FILE",), "take all colours from elsewhere"),
    ),
    "the whole file": (
        Edit("--drop", "drop_layers", ("A,B",), "leave layers out: semantic,texture,pose,edges,recipe,seed"),
        Edit("--keep", "keep_layers", ("A,B",), "leave all others out"),
        Edit("--transplant", "transplant", ("FILE", "A,B"), "take layers from another .trp file"),
        Edit("--seed", "set_seed", ("SEED",), "keep in the file from which seed it is to be painted"),
        Edit("--mirror", "mirror", (), "swap left and right in every layer"),
        Edit("--crop", "crop", ("REGION",), "keep a box of the picture"),
        Edit("--canvas", "resize_canvas", ("SIZE", "ANCHOR"),
             "enlarge or cut without scaling; ANCHOR is where the picture lies: centre, top, bottom-left, ..."),
        Edit("--resize", "resize", ("SIZE",), "stretch to another size, for example 768x512"),
    ),
}  # fmt: skip
EDITS = {edit.option: edit for group in GROUPS.values() for edit in group}


# --- how a value is read: a function that raises ValueError, and what it wants --------------------------------


def read_names(text: str) -> list[str]:
    """The names in "a, b,c"."""
    return [name.strip() for name in text.split(",") if name.strip()]


def read_size(text: str) -> tuple[int, int]:
    """(width, height) of "640x512"."""
    width, _, height = text.lower().partition("x")
    if not (width.strip().isdecimal() and height.strip().isdecimal()) or len(text) > 32:
        raise ValueError(text)
    return int(width), int(height)


def _share(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _palette(text: str) -> int | str:
    return int(text) if text.strip().isdecimal() else text


def _place(text: str) -> str | None:
    return None if text.strip() == "none" else text


READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "AMOUNT": (_share, "a share such as 0.3 or 30%"),
    "DEGREES": (float, "a number of degrees"),
    "FACTOR": (float, "a number such as 0.5 or 2"),
    "N": (int, "a whole number, counted from 1"),
    "PERCENT": (float, "a number of percent"),
    "SEED": (int, "a whole number"),
    "WIDTH": (float, "a number of pixels"),
    "CELLS": (float, "a number of cells"),
    "SIZE": (read_size, "a size such as 640x512"),
    "A,B": (read_names, "a list of layers"),
    "COLOURS": (_palette, "a number or a list of colours"),
    "X,Y": (_place, "a place"),
}  # all others are texts that `triptych.edit` itself understands
