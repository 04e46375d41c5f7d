"""How a generated picture was made: settings, and the metadata blocks of its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

TEXT, EXIF, XMP, IPTC, C2PA, COMMENT, STEALTH = BLOCK_KINDS = (
    "text", "exif", "xmp", "iptc", "c2pa", "comment", "stealth",
)  # fmt: skip


class Block(NamedTuple):
    """A metadata block of a picture file, to the last byte.

    What `name` and `data` are depends on the kind:

    | kind | name | data |
    |---|---|---|
    | `text` | keyword of a PNG text chunk | its text, unpacked but not recoded: UTF-8, or Latin-1 as PNG has it |
    | `exif` | `Exif` | the TIFF structure, from `II` or `MM` on |
    | `xmp` | `XML:com.adobe.xmp` | the XMP packet |
    | `iptc` | `IPTC` | Photoshop's image resources (from `8BIM` on), or IPTC records (from 1C on) |
    | `c2pa` | `C2PA` | the JUMBF boxes of the manifest; they describe the original and no picture painted from it |
    | `comment` | `comment` | of a JPEG or GIF |
    | `stealth` | its signature | the text hidden in the alpha channel, unpacked |

    Attributes:
        kind: one of `BLOCK_KINDS`.
        name: at most 255 bytes of UTF-8 without U+0000.
        data: the bytes.
        form: for `text` and `xmp` from a PNG: the chunk that they stood in, so that it can be written again.
            "tEXt", "zTXt", "iTXt" or "iTXt+z" (compressed), for the last two with "/LANGUAGE/TRANSLATED KEYWORD"
            behind if there are any. Empty is the usual: iTXt for XMP and what holds UTF-8 beyond ASCII, else tEXt.
    """

    kind: str
    name: str
    data: bytes
    form: str = ""

    @classmethod
    def from_text(cls, name: str, text: str) -> Block:
        """The block of a text chunk with this keyword."""
        return cls(TEXT, name, text.encode("utf-8", "replace"))

    @property
    def text(self) -> str:
        """The data as a text: UTF-8 if they can be, else Latin-1."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            return self.data.decode("latin-1")

    @property
    def describes_original(self) -> bool:
        """Whether the block is a claim about the very file it came from, and must not stand in another."""
        return self.kind == C2PA

    def summary(self) -> dict[str, Any]:
        """The block as plain JSON types; data that are no UTF-8 in hexadecimal."""
        shown: dict[str, Any] = {"kind": self.kind, "name": self.name, "bytes": len(self.data)}
        shown |= {"form": self.form} if self.form else {}
        try:
            return shown | {"text": self.data.decode("utf-8")}
        except UnicodeDecodeError:
            return shown | {"hex": self.data.hex()}


@dataclass(frozen=True)
class Recipe:
    """What a picture was made with; whatever is None or empty is not known.

    Attributes:
        tool: the program or service, for example "ComfyUI".
        negative: what the picture should not show.
        seed, steps: whole numbers, -2^64 to 2^64 - 1.
        guidance: how closely the prompt was followed ("CFG scale"), as it was written.
        sampler, scheduler: by the names that the tool uses.
        model, model_hash: the checkpoint.
        loras: (name, weight as it was written or None).
        size: (width, height) in pixels at which the picture was generated.
        blocks: the metadata blocks of the file, exactly as they stood in it.
    """

    tool: str | None = None
    negative: str | None = None
    seed: int | None = None
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    guidance: str | None = None
    model: str | None = None
    model_hash: str | None = None
    loras: tuple[tuple[str, str | None], ...] = ()
    size: tuple[int, int] | None = None
    blocks: tuple[Block, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return self != Recipe()

    def facts(self) -> dict[str, Any]:
        """What is known, without the blocks, as JSON types."""
        loras = [{"name": name} | ({"weight": weight} if weight else {}) for name, weight in self.loras]
        given = {
            "tool": self.tool,
            "negative": self.negative,
            "seed": self.seed,
            "sampler": self.sampler,
            "scheduler": self.scheduler,
            "steps": self.steps,
            "guidance": self.guidance,
            "model": self.model,
            "model_hash": self.model_hash,
            "loras": loras or None,
            "size": list(self.size) if self.size else None,
        }
        return {key: value for key, value in given.items() if value is not None}
