"""Triptych: AI-generated pictures as layers that people can read and edit, in a few hundred bytes.

    import triptych
    picture = triptych.encode("cat.png", prompt="a cat asleep on a window sill")
    picture.save("cat.trp")                        # at most 0.02 bits per pixel
    image = triptych.decode("cat.trp")             # a Pillow image
    image = Image.open("cat.trp")                  # Pillow knows the format, too

Everything public is named here; modules may move. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import errors, pillow_hook
from .errors import (
    BudgetError,
    DamagedError,
    InputError,
    LimitError,
    MissingExtraError,
    ModelError,
    TriptychError,
    TruncatedError,
    UnsupportedError,
)
from .lazy import lazy_names
from .version import __version__ as __version__

if TYPE_CHECKING:
    from . import archive, batch, edit
    from .codec.decode import (
        BatchDecoder,
        Conditioning,
        Decoder,
        DescribedDecoder,
        PartialWarning,
        decode,
        decode_each,
        decoder_names,
    )
    from .codec.encode import encode
    from .codec.export import extract
    from .codec.inspect import inspect, inspect_many, verify
    from .codec.links import Link, airtime, links
    from .codec.packets import assemble, split_packets
    from .codec.picture import Picture
    from .codec.placeholder import placeholder
    from .codec.progressive import make_progressive
    from .codec.prompt_source import Captions, FoundPrompt, find_prompt, find_recipe
    from .codec.render import render
    from .codec.seed_search import search_seed
    from .edit.variants import variant_sheet
    from .layers import (
        Block,
        DetailLayer,
        EdgeLayer,
        PoseLayer,
        Recipe,
        RecipeLayer,
        SeedLayer,
        SemanticLayer,
        TextureLayer,
    )
    from .limits import Limits
    from .metadata.read import Metadata, read_metadata

# Public name -> module that has it, imported on first use.
_LAZY = {
    "BatchDecoder": "codec.decode",
    "Captions": "codec.prompt_source",
    "Conditioning": "codec.decode",
    "Decoder": "codec.decode",
    "DescribedDecoder": "codec.decode",
    "DetailLayer": "layers",
    "EdgeLayer": "layers",
    "FoundPrompt": "codec.prompt_source",
    "Limits": "limits",
    "Metadata": "metadata.read",
    "PartialWarning": "codec.decode",
    "Picture": "codec.picture",
    "PoseLayer": "layers",
    "Block": "layers",
    "Recipe": "layers",
    "RecipeLayer": "layers",
    "SeedLayer": "layers",
    "SemanticLayer": "layers",
    "TextureLayer": "layers",
    "decode": "codec.decode",
    "decode_each": "codec.decode",
    "decoder_names": "codec.decode",
    "encode": "codec.encode",
    "extract": "codec.export",
    "find_prompt": "codec.prompt_source",
    "find_recipe": "codec.prompt_source",
    "inspect": "codec.inspect",
    "inspect_many": "codec.inspect",
    "make_progressive": "codec.progressive",
    "Link": "codec.links",
    "airtime": "codec.links",
    "links": "codec.links",
    "assemble": "codec.packets",
    "split_packets": "codec.packets",
    "placeholder": "codec.placeholder",
    "read_metadata": "metadata.read",
    "render": "codec.render",
    "search_seed": "codec.seed_search",
    "variant_sheet": "edit.variants",
    "verify": "codec.inspect",
}

_MODULES = ("archive", "batch", "edit")

__all__ = [
    "BatchDecoder",
    "Block",
    "BudgetError",
    "Captions",
    "Conditioning",
    "DamagedError",
    "Decoder",
    "DescribedDecoder",
    "DetailLayer",
    "EdgeLayer",
    "FoundPrompt",
    "InputError",
    "LimitError",
    "Limits",
    "Link",
    "Metadata",
    "MissingExtraError",
    "ModelError",
    "PartialWarning",
    "Picture",
    "PoseLayer",
    "Recipe",
    "RecipeLayer",
    "SeedLayer",
    "SemanticLayer",
    "TextureLayer",
    "TriptychError",
    "TruncatedError",
    "UnsupportedError",
    "airtime",
    "archive",
    "assemble",
    "batch",
    "decode",
    "decode_each",
    "decoder_names",
    "edit",
    "encode",
    "errors",
    "extract",
    "find_prompt",
    "find_recipe",
    "inspect",
    "inspect_many",
    "links",
    "make_progressive",
    "placeholder",
    "read_metadata",
    "render",
    "search_seed",
    "split_packets",
    "variant_sheet",
    "verify",
]

__getattr__, __dir__ = lazy_names(__name__, _LAZY, _MODULES)


pillow_hook.install()
