"""A picture in packets of which any subset gives a picture: `split_packets` and `assemble` (SPEC §13).

Colours and prompt are in the first packets, then come the edges, the longest figures first, each packet with strokes of
its own on the common grid, and last whatever else there is. A long text is cut into texts; colours are cut into coarse
ones and steps that go on from them; other layers that are longer than a packet are cut into pieces, which serve only
together. All packets but the first repeat the colours, very coarsely: whoever lacks the first one still has a picture
and not a drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np

from ..bitstream import packets as form
from ..bitstream.bare import write_body
from ..bitstream.container import RawLayer, Stream, overhead
from ..bitstream.cursor import MAX_NUMBER, Cursor, write_number
from ..errors import DamagedError, InputError, LimitError, TriptychError
from ..files import FileSource
from ..layers import EdgeLayer, FinerLayer, Layer, SemanticLayer, TextureLayer, make_layer, unite
from ..layers.edge_inputs import Chances
from ..layers.edge_raster import edge_chances
from ..layers.edges import LEAST_EDGES, WHOLE, coded, edge_bits, unpack_counted
from ..layers.finer import all_added
from ..layers.finer import split as split_colours
from ..layers.text.layer import network_of
from ..layers.texture import STEPWISE
from ..layers.work import TOKEN, share_work
from ..limits import DEFAULT, MAX_TEXT_CHARS, MAX_TEXT_TOKENS, Limits
from ..raster.figures import spread_labels
from ..raster.strokes import strokes_of
from ..typing import Bools, Ints
from .picture import Picture, make_picture

LEAST_MTU, MOST_MTU = 48, 65_000  # bytes
PIECE = 8, 1  # kind and coding of a piece of another layer, in packets only
TEXT_SHARE = 0.5  # of the room of the first packet, where there are colours too
ENTRY_BYTES = 4  # that an entry takes at most: tag, escape, length
LEAST_TEXT = 12  # bytes that are worth an entry
USUAL_CHARS = 4  # of a text in a byte of its payload
HEAD_AND_END, SURE = 2, 5  # bytes of edges beside the bits of their pixels, about; how far that may be wrong
REPEATED_SHARE = 0.14  # of the room of a packet, for the colours that it repeats: 22 bytes of 180


def split_packets(picture: Picture | FileSource, mtu: int, *, parity: int = 0, limits: Limits = DEFAULT) -> list[bytes]:
    """The packets of a picture.

    Args:
        picture: a `Picture`, or a `.trp` file: a path, its bytes, or an open file.
        mtu: the most bytes that a packet may have, 48 to 65,000.
        parity: 1 for one more packet, with which any one that is lost can be made again; 0 for none.
        limits: what to refuse.

    Returns:
        At most 255 packets, the most useful first, and that of parity behind them.

    Raises:
        InputError: `mtu` or `parity` is out of range, or the picture needs too many packets.
        DamagedError, UnsupportedError, LimitError: the file or a layer of it cannot be read.
    """
    if isinstance(mtu, bool) or not isinstance(mtu, int) or not LEAST_MTU <= mtu <= MOST_MTU:
        raise InputError(f"packets have {LEAST_MTU} to {MOST_MTU} bytes, not {mtu!r}")
    if parity not in (0, 1):
        raise InputError(f"there are 0 or 1 parity packets, not {parity!r}: the code is an exclusive or")
    opened = picture if isinstance(picture, Picture) else Picture.open(picture, limits=limits)
    if not opened.layers:
        raise InputError("the picture has no layers")
    packer = _Packer(opened.size, mtu - (form.LENGTH_BYTES if parity else 0))
    layers = unite(opened.layers)
    others = [layer for layer in layers if not isinstance(layer, (SemanticLayer, TextureLayer, EdgeLayer))]
    packer.add_colours(opened.get(SemanticLayer), make_picture(opened.size, layers).texture)
    for layer in (layer for layer in others if layer.shows and not layer.on_top):
        packer.add(layer)
    if opened.edges:
        packer.add_edges(opened.edges)
    packer.add_late()
    for layer in (layer for layer in others if not layer.shows or layer.on_top):
        packer.add(layer)
    try:
        return form.write_packets([Stream(*opened.size, tuple(part)) for part in packer.parts], parity=bool(parity))
    except ValueError as error:
        raise InputError(f"the picture cannot be sent in packets of {mtu} bytes: {error}") from error


def assemble(packets: Iterable[bytes], *, limits: Limits = DEFAULT) -> Picture:
    """The picture in packets, in any order, twice or damaged; `notes` says what is missing.

    With all of them its values are those of the picture that was split; colours and edges are in coding 0. If those
    that came hold nothing by themselves, the picture has no layers.

    Raises:
        DamagedError: none of them is whole.
        UnsupportedError: they are of a later version.
    """
    read, faults = [], []
    for data in packets:
        try:
            read.append(form.read_packet(bytes(data)))
        except TriptychError as error:
            faults.append(error)
    if not read:
        raise faults[0] if faults else DamagedError("there are no packets")
    ((picture, count), _), *others = Counter((packet.picture, packet.count) for packet in read).most_common()
    notes = [f"{len(faults)} packets were damaged"] if faults else []
    notes += [f"{sum(n for _, n in others)} packets are of other pictures"] if others else []
    own = {p.number: p for p in read if (p.picture, p.count) == (picture, count)}
    there = form.recover(list(own.values()))
    if any(part.number not in own for part in there):
        notes.append("a lost packet was made again from the parity packet")
    if missing := sorted(set(range(count)) - {part.number for part in there}):
        notes.append(f"of {count} packets {len(missing)} are missing: {', '.join(map(str, missing))}")
    return _united(there, notes, limits)


def _united(packets: Sequence[form.Packet], notes: list[str], limits: Limits) -> Picture:
    """The picture of packets in their order."""
    streams = []
    for packet in packets:
        try:
            streams.append(form.read_part(packet))
        except TriptychError as error:
            notes.append(f"packet {packet.number} was left out: {error}")
    if not streams:
        raise DamagedError("; ".join(notes) or "there are no packets with parts of a picture")
    size = streams[0].width, streams[0].height
    same = [stream for stream in streams if (stream.width, stream.height) == size]
    raw = [layer for stream in same for layer in stream.layers]
    layers = [
        make_layer(x.kind, size, x.coding, x.payload, limits) for x in [*raw, *_joined(raw)] if x.kind != PIECE[0]
    ]
    found: dict[int, Layer] = {}
    left = _Left(limits.packet_work)
    for kind in sorted({layer.kind for layer in layers}):
        parts = [layer for layer in layers if layer.kind == kind]
        try:
            if layer := _one(parts, found, limits, left, notes):
                found[layer.kind] = layer
        except TriptychError as error:
            notes.append(f"the {parts[0].name} layer was left out: {error}")
    if not found:
        notes.append("the packets that came hold nothing by themselves")
    colours = found.get(TextureLayer.kind)
    if isinstance(colours, TextureLayer) and colours.coding == STEPWISE:
        found[colours.kind] = TextureLayer.from_levels(colours.levels, size, colours.quality_index)
    return make_picture(size, share_work(list(found.values()), limits), notes)


@dataclass
class _Left:
    """What is left of the work for all packets of a picture."""

    work: int


def _one(
    parts: Sequence[Layer], before: dict[int, Layer], limits: Limits, left: _Left, notes: list[str]
) -> Layer | None:
    """One layer from those of a kind, in the order of their packets, and the layers before it."""
    first = parts[0]
    if isinstance(first, SemanticLayer):
        return _one_text(parts, left) if len(parts) > 1 else first
    if isinstance(first, EdgeLayer):
        return _one_raster([part for part in parts if isinstance(part, EdgeLayer)], limits, left, notes)
    if isinstance(first, FinerLayer):
        colours = before.get(TextureLayer.kind)
        finer = [part for part in parts if isinstance(part, FinerLayer)]
        return all_added(finer, colours) if isinstance(colours, TextureLayer) else None
    return first


def _one_text(parts: Sequence[Layer], left: _Left) -> Layer:
    """The parts of a text, one behind the other."""
    text = ""
    for part in parts:
        network = network_of(part.coding)
        if network is not None:
            from ..layers.text.model import decode_counted_again

            most = min(left.work // TOKEN, MAX_TEXT_TOKENS)
            more, tokens = decode_counted_again(part.payload, MAX_TEXT_CHARS, most, network)
        else:
            more, tokens = part.value, 0
        text += more
        left.work -= tokens * TOKEN
        if len(text) > MAX_TEXT_CHARS:  # said before the others take their time
            raise DamagedError(f"the texts of the packets have more than {MAX_TEXT_CHARS} characters")
    return SemanticLayer.from_text(text, parts[0].size)


def _one_raster(parts: Sequence[EdgeLayer], limits: Limits, left: _Left, notes: list[str]) -> Layer:
    """What is set in any of the rasters that have the grid of the first one, as far as they are within the limits."""
    grid = parts[0].grid
    different = list({part.payload: part for part in parts if part.grid == grid}.values())
    united, pixels = np.zeros(grid, bool), limits.edge_pixels
    for number, part in enumerate(different):
        within = replace(limits, edge_pixels=pixels, work=min(limits.work, left.work))
        try:
            if part.coding == WHOLE:
                raster, work = unpack_counted(part.payload, part.size, within)
            else:
                raster, work = replace(part, limits=within).raster, limits.work
        except LimitError as error:
            if not number:
                raise
            notes.append(f"of {len(different)} packets with edges only the first {number} were used: {error}")
            break
        pixels -= int(np.count_nonzero(raster))
        left.work -= work
        united |= raster
    return EdgeLayer.from_raster(united, parts[0].size)


# --- pieces ----------------------------------------------------------------------------------------------------------


def _pieces(layer: Layer, room: int) -> list[RawLayer]:
    """A layer that is too long for a packet, in parts."""
    if max(layer.kind, layer.coding) > MAX_NUMBER:
        raise InputError(f"the layer of kind {layer.kind} is longer than a packet, and its number too large for pieces")
    head = bytes([layer.ancillary]) + write_number(layer.kind) + write_number(layer.coding)
    room -= len(head) + 4  # two numbers of at most two bytes
    count = -(-len(layer.payload) // room)
    parts = (layer.payload[at * room : (at + 1) * room] for at in range(count))
    numbered = (head + write_number(at) + write_number(count) + part for at, part in enumerate(parts))
    return [RawLayer(*PIECE, True, payload) for payload in numbered]


def _joined(raw: Iterable[RawLayer]) -> list[RawLayer]:
    """The layers of which all pieces are there."""
    found: dict[tuple[int, int, bool, int], dict[int, bytes]] = {}
    for piece in (layer for layer in raw if (layer.kind, layer.coding) == PIECE):
        cursor = Cursor(piece.payload)
        try:
            ancillary = bool(cursor.byte("a piece"))
            kind, coding, at, count = (cursor.number("a piece") for _ in range(4))
        except DamagedError:
            continue
        found.setdefault((kind, coding, ancillary, count), {})[at] = piece.payload[cursor.at :]
    whole = {key: parts for key, parts in found.items() if sorted(parts) == list(range(key[3]))}
    return [RawLayer(*key[:3], b"".join(parts[at] for at in range(key[3]))) for key, parts in whole.items()]


# --- packing ---------------------------------------------------------------------------------------------------------


class _Packer:
    """Fills packets one after the other.

    Attributes:
        parts: the layers of each packet, in the order of their kinds.
    """

    def __init__(self, size: tuple[int, int], mtu: int) -> None:
        self.size = size
        empty = Stream(*size, (RawLayer(0, 0, False, b""),))
        self.whole_room = mtu - form.HEAD_BYTES - form.CHECK_BYTES - len(write_body(empty)) + 1
        self.parts: list[list[RawLayer]] = [[]]
        self._start: list[RawLayer] = []  # of every new packet
        self._late: list[FinerLayer] = []

    @property
    def room(self) -> int:
        """Bytes of payload that one more layer may have in the last packet."""
        return self._room_beside(self.parts[-1])

    @property
    def new_room(self) -> int:
        """The same of a new packet."""
        return self._room_beside(self._start)

    def _room_beside(self, part: list[RawLayer]) -> int:
        taken = sum(overhead(x.kind, x.coding, len(x.payload)) - 2 + len(x.payload) for x in part)
        return self.whole_room - taken - ENTRY_BYTES

    @property
    def is_new(self) -> bool:
        """Whether the last packet has nothing of its own."""
        return self.parts[-1] == self._start

    def put(self, layer: Layer | RawLayer) -> None:
        """Into the last packet, or a new one if there is no room for it or one of its kind is in it."""
        raw = _raw(layer) if isinstance(layer, Layer) else layer
        if len(raw.payload) > self.room or any(other.kind == raw.kind for other in self.parts[-1]):
            self.new()
        self.parts[-1] = sorted([*self.parts[-1], raw], key=lambda other: other.kind)

    def new(self) -> None:
        if not self.is_new:
            self.parts.append(list(self._start))

    def add(self, layer: Layer) -> None:
        """A layer as it is, or in pieces."""
        if len(layer.payload) <= self.new_room:
            self.put(layer)
        else:
            for piece in _pieces(layer, self.new_room):
                self.put(piece)

    def add_colours(self, text: SemanticLayer | None, colours: TextureLayer | None) -> None:
        """Coarse colours and the start of the text, then the rest of the text."""
        if colours:
            least = min(len(text.payload) + ENTRY_BYTES, int(self.room * TEXT_SHARE)) if text else 0
            repeated, _ = colours.fitted(int(self.room * REPEATED_SHARE))
            start = [_raw(repeated)] if repeated else []
            coarse = colours
            if len(colours.payload) > self.room - least:
                coarse, finer = split_colours(colours, self.room - least - 3, must=True)
                before = coarse
                while finer:
                    part, finer = finer.cut(before, self._room_beside(start))
                    self._late.append(part)
                    before = part.going_on(before)
            self.add(coarse)  # in pieces if not even the first step fits
            self._start = start
        rest = text.text if text else ""
        if text and len(text.payload) <= self.room:
            self.put(text)
            return
        while rest:
            if self.room < LEAST_TEXT:
                self.new()
            piece, rest = _start_of(rest, self.size, self.room)
            self.put(piece)

    def add_late(self) -> None:
        """The finer colours."""
        for layer in self._late:
            self.put(layer)

    def add_edges(self, edges: EdgeLayer) -> None:
        """All strokes, as many as fit into each packet."""
        label, order = _growth(edges.raster)
        label, chances = np.ascontiguousarray(label), edge_chances(label.shape)
        if not order:
            self.add(edges)
        while order:
            if self.room < LEAST_EDGES:
                self.new()
            count, layer = _most(label, order, self.size, self.room, chances)
            if layer is None and self.is_new:  # a stroke that is longer than a packet
                pixels = np.flatnonzero(label == order[0])
                label.ravel()[pixels[len(pixels) // 2 :]] = halved = int(label.max()) + 1
                order = [order[0], halved, *order[1:]]
                continue
            if layer is None:
                self.new()
                continue
            self.put(layer)
            order = order[count:]


def _raw(layer: Layer) -> RawLayer:
    return RawLayer(layer.kind, layer.coding, layer.ancillary, layer.payload)


def _start_of(text: str, size: tuple[int, int], room: int) -> tuple[SemanticLayer, str]:
    """(a layer with as much of a text as there is room for, cut between words where possible; the rest)."""

    def fits(count: int) -> bool:
        return len(SemanticLayer.from_text(text[:count], size).payload) <= room

    low, high = 1, min(len(text), USUAL_CHARS * room)
    while high < len(text) and fits(high):  # a long text is not coded anew for every packet
        low, high = high, min(len(text), 2 * high)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    space = text.rfind(" ", 1, low) if low < len(text) else -1
    end = space if space > low // 2 else low
    return SemanticLayer.from_text(text[:end], size), text[end:]


def _covering(raster: Bools) -> Ints:
    """The stroke of each pixel of a raster, 1-based, the longest first; 0 where there is no edge."""
    label = np.where(raster, strokes_of(raster).label, 0)
    if not label.any():
        return raster.astype(np.int32)
    # Corners are left out where strokes are followed; they go with what is nearest.
    covering = spread_labels(label, raster)
    covering[raster & (covering == 0)] = label.max() + 1
    return np.unique(covering, return_inverse=True)[1].reshape(label.shape) if (covering == 0).any() else covering


def _growth(raster: Bools) -> tuple[Ints, list[int]]:
    """(the stroke of each pixel, 0 for none; the strokes, the longest first, each followed by those it touches)."""
    label = _covering(raster)
    touching: dict[int, set[int]] = {}
    rows, columns = label.shape
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = label[: rows - dy, max(0, -dx) : columns - max(0, dx)]
        b = label[dy:, max(0, dx) : columns + min(0, dx)]
        pairs = np.stack([a, b], -1)[(a != b) & (a > 0) & (b > 0)]
        for one, other in np.unique(pairs, axis=0).tolist() if len(pairs) else []:
            touching.setdefault(one, set()).add(other)
            touching.setdefault(other, set()).add(one)
    left, order = set(range(1, int(label.max()) + 1)), []
    for start in range(1, int(label.max()) + 1):
        front = [start] if start in left else []
        left -= set(front)
        while front:
            stroke = heappop(front)
            order.append(stroke)
            for other in touching.get(stroke, set()) & left:
                left.discard(other)
                heappush(front, other)
    return label, order


def _most(
    label: Ints, order: list[int], size: tuple[int, int], room: int, chances: Chances
) -> tuple[int, EdgeLayer | None]:
    """(how many of the next strokes fit, the layer of them); of a stroke that alone is too long, an error."""
    rank = np.zeros(int(label.max()) + 1, int)
    rank[order] = np.arange(1, len(order) + 1)
    place = rank[label]
    bits = edge_bits(place > 0, chances)
    price = np.cumsum(np.bincount(place.ravel(), bits.ravel(), len(order) + 1)[1:]) / 8
    count = max(1, int(np.searchsorted(price, room, "right")))
    best, layer = 0, None
    low, high = 1, len(order)
    tries = 0
    while low <= high:
        raster = (place > 0) & (place <= count)
        length = float(edge_bits(raster, chances).sum()) / 8 + HEAD_AND_END
        if abs(length - room) < SURE:  # the coder says it
            tried = coded(raster, size, chances)
            length = len(tried.payload)
        else:
            tried = None
        if length <= room:
            best, layer, low = count, tried, count + 1
        else:
            high = count - 1
        tries += 1
        guess = int(count * room / max(length, 1)) if tries < 4 else (low + high) // 2
        count = min(max(guess, low), high)
    if best and not layer:
        layer = coded((place > 0) & (place <= best), size, chances)
    return best, layer
