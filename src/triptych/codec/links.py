"""Thin links: what one packet of each holds (`links.toml`), and how long LoRa takes to send it."""

from __future__ import annotations

from functools import cache
from math import ceil
from pathlib import Path

import msgspec

from ..bitstream.container import CHECK_BYTES
from ..errors import InputError
from ..toml import read_toml, typed
from .allocate import Budget, refit
from .picture import Picture, make_picture

# What a bare form of few bytes saves of a file, besides the checksums of its layers: signature, a length of one byte.
SAVED_BYTES = 4
_TABLE = Path(__file__).with_name("links.toml")


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link.

    Attributes:
        bytes: of payload that one packet holds.
        about: one line on what it is.
        source: where the number is from.
    """

    bytes: int
    about: str
    source: str


@cache
def links() -> dict[str, Link]:
    """The links by name."""
    return {
        name: typed(table, Link, f"{_TABLE.name}: {name}") for name, table in read_toml(_TABLE, _TABLE.name).items()
    }


def find_link(name: str) -> Link:
    """A link by its name.

    Raises:
        InputError: there is none of that name.
    """
    found = links().get(name)
    if found is None:
        raise InputError(f"there is no link called {name!r}; there are: {', '.join(links())}")
    return found


def file_budget(bare_bytes: int) -> int:
    """How many bytes a file with two layers may have if its bare form may have so many."""
    return bare_bytes + SAVED_BYTES + 2 * CHECK_BYTES


def fit_link(picture: Picture, name: str) -> Picture:
    """The picture with a bare form that fits one packet of a link, thinned if it does not.

    Raises:
        BudgetError: it cannot be thinned so far.
    """
    most, fitting = find_link(name).bytes, picture
    for _ in picture.layers:
        over = len(fitting.to_bare()) - most
        if over <= 0:
            break
        budget = Budget(len(fitting.to_bytes()) - over)
        layers, notes = refit(fitting.size, fitting.layers, budget)
        fitting = make_picture(fitting.size, layers, (*fitting.notes, *notes))
    return fitting.with_notes(f"the bare form has {len(fitting.to_bare())} of the {most} bytes of {name}")


def airtime(
    payload_bytes: int,
    *,
    spreading: int = 7,
    bandwidth: float = 125_000,
    coding_rate: int = 1,
    preamble: int = 8,
    header: bool = True,
    checksum: bool = True,
) -> float:
    """How long one LoRa packet is on the air, in seconds.

    After Semtech, AN1200.13 "LoRa Modem Designer's Guide", section 4. Payload is all that the modem sends, with the
    headers of the mesh (16 bytes for Meshtastic, 13 for LoRaWAN).

    Args:
        payload_bytes: 1 to 255.
        spreading: the spreading factor, 6 to 12.
        bandwidth: Hz.
        coding_rate: 1 to 4, for 4/5 to 4/8.
        preamble: its programmed symbols (Meshtastic: 16).
        header: whether there is an explicit header.
        checksum: whether there is a CRC of the payload.

    Raises:
        InputError: a value is out of range.
    """
    if not (1 <= payload_bytes <= 255 and 6 <= spreading <= 12 and 1 <= coding_rate <= 4 and bandwidth > 0):
        raise InputError(
            "LoRa packets have 1 to 255 bytes, spreading 6 to 12, coding rate 1 to 4, bandwidth above 0 Hz"
        )
    symbol = float(1 << spreading) / bandwidth
    slow = symbol > 0.016  # the low data rate optimisation is mandatory then
    bits = 8 * payload_bytes - 4 * spreading + 28 + 16 * checksum - 20 * (not header)
    symbols = 8 + max(ceil(bits / (4 * (spreading - 2 * slow))) * (coding_rate + 4), 0)
    return (preamble + 4.25 + symbols) * symbol
