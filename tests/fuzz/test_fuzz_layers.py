"""Behind the checksums: the fuzz target works and finds nothing in a short run; the worst inputs keep to their bounds.

Bounds on time are held in steps of work, because clocks on busy machines lie, and in processor time with a generous
factor; FIGURES.md has measured times. Bounds on
memory are held by a limit on the process.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import triptych
from triptych.bitstream.container import RawLayer, Stream, write
from triptych.bitstream.integer_network import IntegerNetwork
from triptych.bitstream.packets import write_packets
from triptych.codec.packets import assemble, split_packets
from triptych.codec.picture import Picture
from triptych.layers import DetailLayer, EdgeLayer, PoseLayer, Recipe, RecipeLayer, SemanticLayer, TextureLayer
from triptych.layers.detail_inputs import CHANNELS
from triptych.layers.detail_size import detail_grid
from triptych.layers.scans import pack_scans
from triptych.layers.text import model
from triptych.layers.work import TOKEN
from triptych.limits import MAX_BLOCK_BYTES, MAX_SETTINGS_TOKENS, MAX_TEXT_TOKENS, Limits

SIZE = (512, 512)


@pytest.fixture(scope="module")
def fuzzer() -> ModuleType:
    """tests/fuzz/fuzz_layers.py as a module."""
    spec = importlib.util.spec_from_file_location("fuzz_layers", Path(__file__).with_name("fuzz_layers.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_inputs_reach_the_layers(fuzzer: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a short run nearly every input passes the container, all kinds of layers are reached, nothing is found."""
    monkeypatch.setattr(fuzzer, "FINDINGS", tmp_path)
    monkeypatch.setattr(fuzzer, "SLOWEST", float("inf"))
    run = fuzzer.Run(seed=7)
    run.go(inputs=120)
    assert run.tried == 120 and run.findings == {} and len(run.outcomes) > 40
    assert {"semantic", "texture", "pose", "edges", "recipe", "seed", "show", "extract", "paint"} <= set(run.reached)
    assert run.reached["read"] < 12  # refused before any layer


def test_the_fuzzer_notices(fuzzer: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What escapes, takes long, takes much, or would steer a terminal is a finding."""
    data = SemanticLayer.from_text("a", SIZE)
    stream = write(Stream(*SIZE, (RawLayer(0, data.coding, False, data.payload),)))
    assert fuzzer.check(stream, shown=True)
    for name, value, words in (
        ("SLOWEST", -1.0, "seconds"),
        ("LARGEST", -1, "MB"),
        ("printable", lambda text: "", "a terminal is shown"),
        ("_unpack", lambda layer: [][0], "IndexError"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(fuzzer, name, value)
            with pytest.raises(fuzzer.Finding, match=words):
                fuzzer.check(stream, shown=True)


@pytest.fixture(scope="module")
def many(fuzzer: ModuleType) -> ModuleType:
    """tests/fuzz/fuzz_many.py as a module."""
    spec = importlib.util.spec_from_file_location("fuzz_many", Path(__file__).with_name("fuzz_many.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_many_small_inputs_find_nothing(many: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A short run reaches every kind of layer, whole and damaged, and its figures are those of its inputs."""
    monkeypatch.setattr(many, "SLOWEST", float("inf"))
    monkeypatch.setattr(many, "HANG", 1000)
    figures = many.run_shard(3, tmp_path, inputs=400)
    assert figures["findings"] == {} and figures["inputs"] == 400
    kinds = figures["kinds"]
    assert kinds["(container)"][0] == 400 and kinds["(container)"][1] > 350
    for name in ("detail, coding 1", "edges, coding 0", "texture, coding 0", "recipe, coding 0", "unknown kinds"):
        assert kinds[name][1] > 0
    assert {"recipe, coding 1, with blocks", "semantic, coding 1", "pose, coding 0"} <= set(kinds)
    assert {"edges, coding 1", "texture, coding 1", "colours with finer ones", "index of 25 files"} <= set(kinds)
    assert sum(kinds[name][0] for name in ("bare form", "text of a bare form", "cut file", "packets")) > 25
    table = many.figures([figures, figures])
    assert "800 inputs in 2 shards; 0 findings" in table and "| unknown kinds |" in table


def test_the_fuzzer_of_many_notices(many: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What escapes and what takes long is kept."""
    kept: dict[str, Path] = {}
    monkeypatch.setattr(many, "keep", lambda data, finding, findings: findings.setdefault(str(finding)[:20], tmp_path))
    monkeypatch.setattr(many, "SLOWEST", -1.0)
    kept |= many.run_shard(0, inputs=3)["findings"] and {"slow": tmp_path}
    monkeypatch.setattr(many, "look", lambda data, worst: [][0])
    kept |= many.run_shard(0, inputs=1)["findings"] and {"escaped": tmp_path}
    assert set(kept) == {"slow", "escaped"}


# --- the worst inputs ------------------------------------------------------------------------------------------------


def _worst() -> Picture:
    """A picture whose layers all take as long to read as their kinds allow."""
    rng = np.random.default_rng(0)
    text = "".join(chr(0x4E00 + int(i)) for i in rng.integers(0, 4000, 640))
    layers = (
        SemanticLayer(SIZE, 1, model.encode_counted(text)[0]),
        TextureLayer.from_colours(rng.integers(0, 256, (64, 64, 3)).astype(np.uint8), SIZE, 8),
        EdgeLayer.from_raster(rng.random((256, 256)) < 0.31, SIZE),
        RecipeLayer.from_recipe(Recipe(negative=text[:300]), SIZE),
        DetailLayer.from_levels(rng.integers(-1, 2, (CHANNELS, *detail_grid(SIZE))), 95, SIZE),
    )
    return Picture(*SIZE, layers)


def test_the_work_for_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of the text network, cells that edges predict, and coefficients of colours never exceed their limits."""
    steps = {"tokens": 0, "predicted": 0}
    read, predict = model._Reader.read, IntegerNetwork._after

    def counted_read(self: model._Reader, token: int) -> None:
        steps["tokens"] += 1
        read(self, token)

    def counted_predict(self: IntegerNetwork, activations: np.ndarray) -> np.ndarray:
        steps["predicted"] += len(activations)
        return predict(self, activations)

    worst = _worst()
    together = worst.to_bytes()
    monkeypatch.setattr(model._Reader, "read", counted_read)
    monkeypatch.setattr(IntegerNetwork, "_after", counted_predict)
    for layer in worst.layers:  # each in a file of its own, where it may take all
        (alone,) = Picture.from_bytes(Picture(*SIZE, (layer,)).to_bytes()).layers
        assert alone.value is not None
    counted = steps["tokens"] * TOKEN, steps["predicted"]
    assert 1000 < steps["tokens"] <= MAX_TEXT_TOKENS + MAX_SETTINGS_TOKENS + 2
    cells = 256 * 256 + 64 * 64 * 3 + CHANNELS * 32 * 32
    assert 0.95 * cells <= steps["predicted"] <= 1.2 * cells  # edges that see no edge are not predicted one by one
    steps["tokens"] = steps["predicted"] = 0
    model.decode_counted_again.cache_clear()
    for layer in Picture.from_bytes(together).layers:  # together they may take no more than one of them
        with contextlib.suppress(triptych.LimitError):
            _ = layer.value
    assert steps["tokens"] * TOKEN <= Limits().work < counted[0] + 2 * counted[1]
    assert steps["predicted"] < 0.9 * counted[1]
    steps["tokens"] = 0
    rare = "".join(chr(0x4E00 + 37 * i % 4000) for i in range(1500))
    with monkeypatch.context() as patch:  # what a stranger may write
        patch.setattr(model._Reader, "read", read)
        payload, tokens = model.encode_counted(rare, 1 << 20)
    assert tokens > 2 * MAX_TEXT_TOKENS
    with pytest.raises(triptych.DamagedError, match="tokens"):
        _ = SemanticLayer(SIZE, 1, payload).text
    assert steps["tokens"] <= MAX_TEXT_TOKENS + 1


def _predicted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many symbols the networks predict, from now on, call by call."""
    counts: list[int] = []
    predict = IntegerNetwork._after

    def counted(self: IntegerNetwork, activations: np.ndarray) -> np.ndarray:
        counts.append(len(activations))
        return predict(self, activations)

    monkeypatch.setattr(IntegerNetwork, "_after", counted)
    return counts


def test_the_work_for_scans_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """45 bytes that ask for 16 scans are refused when the cells of the limit are read, and say which limit it is."""
    scans = [np.zeros((32, 32), bool) for _ in range(16)]
    for at, scan in enumerate(scans):
        scan[2 * at, 5] = True
    payload = b"\x1f" + pack_scans(scans, (32, 32))
    assert len(EdgeLayer(SIZE, 1, payload).raster) == 32  # within the default
    counts = _predicted(monkeypatch)
    with pytest.raises(triptych.LimitError, match=r"more than 3 scans .*Limits\.edge_steps"):
        _ = EdgeLayer(SIZE, 1, payload, limits=Limits(edge_steps=4 * (32 + 13 * 31) - 1)).raster
    assert 0 < sum(counts) <= 3 * 32 * 32


def test_the_work_for_dense_edges_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What sets more pixels than any drawing ends there, as do scans together; the error says so."""
    everything = EdgeLayer(SIZE, 0, b"\x3f", limits=Limits(edge_pixels=1000))
    counts = _predicted(monkeypatch)
    with pytest.raises(triptych.LimitError, match=r"more than 1000 pixels .*Limits\.edge_pixels") as caught:
        _ = everything.raster
    assert caught.value.kind == "edges" and sum(counts) < 0.5 * 64 * 64
    scans = np.zeros((2, 32, 32), bool)
    scans[0, :10], scans[1, 12:] = True, True
    payload = b"\x1f" + pack_scans(scans, (32, 32))
    assert EdgeLayer(SIZE, 1, payload, limits=Limits(edge_pixels=960)).raster.sum() == 960
    with pytest.raises(triptych.LimitError, match=r"Limits\.edge_pixels"):
        _ = EdgeLayer(SIZE, 1, payload, limits=Limits(edge_pixels=959)).raster


def test_no_denser_edges_are_written_than_are_read() -> None:
    """A map that sets more than readers unpack keeps the best strokes, with a note; one's own raster is an error."""
    hatched = np.zeros((256, 256), bool)
    hatched[::2] = True
    with pytest.raises(triptych.InputError, match=r"32768 pixels; readers unpack at most 20480"):
        _ = EdgeLayer.from_raster(hatched, (1024, 1024)).payload
    picture = triptych.encode(
        np.zeros((256, 256, 3), np.uint8), edges=hatched, edge_grid=256, max_bytes=20_000, layers="edges"
    )
    assert picture.edges and 18_000 < picture.edges.raster.sum() <= Limits().edge_pixels
    assert any("most worthwhile of 128 strokes were kept" in note for note in picture.notes)
    assert triptych.Picture.from_bytes(picture.to_bytes()).edges == picture.edges


def test_the_work_for_packets_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first packets are used whose edges take no more steps and pixels than the limits, the first text that is
    whole; what is left out is a note."""
    dots = np.random.default_rng(1).random((4, 64, 64)) < 0.3
    parts = [Stream(*SIZE, (RawLayer(3, 0, False, EdgeLayer.from_raster(d, SIZE).payload),)) for d in dots]
    counts = _predicted(monkeypatch)
    picture = assemble(write_packets([*parts, *parts]))  # those that come again are not unpacked again
    assert sum(counts) <= 1.1 * dots.size and (picture.edges.raster == dots.any(0)).all()
    for limits in (Limits(packet_work=100_000), Limits(edge_pixels=int(dots[:2].sum()))):
        counts.clear()
        picture = assemble(write_packets(parts), limits=limits)
        assert (picture.edges.raster == dots[:2].any(0)).all() and sum(counts) <= 3.3 * dots[0].size
        assert any("of 4 packets with edges only the first 2 were used" in note for note in picture.notes)
    picture = assemble(write_packets(parts), limits=Limits(edge_pixels=100))
    assert not picture.layers and any("Limits.edge_pixels" in note for note in picture.notes)
    read: list[str] = []
    monkeypatch.setattr(SemanticLayer, "_unpacked", lambda layer: read.append("") or layer.payload.decode())
    part = Stream(*SIZE, (RawLayer(0, 0, False, b"a" * 3000),))
    picture = assemble(write_packets([part] * 20))
    assert not picture.layers and len(read) == 2
    assert any("more than 4096 characters" in note for note in picture.notes)


def test_the_work_for_splitting_a_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long text in many packets is coded some twenty times, not once or more for each packet."""
    text = "a red fox in snow, " * 60
    picture = Picture(*SIZE, (SemanticLayer(SIZE, 0, text.encode()),))
    coded: list[int] = []
    from_text = SemanticLayer.from_text

    def counted(given: str, size: tuple[int, int]) -> SemanticLayer:
        coded.append(len(given))
        return SemanticLayer(size, 0, given.encode())

    monkeypatch.setattr(SemanticLayer, "from_text", counted)
    packets = split_packets(picture, 48)
    assert len(packets) > 30 and sum(coded) < 25 * len(text)
    monkeypatch.setattr(SemanticLayer, "from_text", from_text)
    assert assemble(packets).get(SemanticLayer) == SemanticLayer.from_text(text, SIZE)


_BOUNDED = """
import resource, sys, triptych
from pathlib import Path
from triptych.codec.picture import Picture
data = [Path(name).read_bytes() for name in sys.argv[1:]]
def look(each):
    try:
        picture = Picture.from_bytes(each)
    except triptych.TriptychError:
        return
    for layer in picture.layers:
        try:
            layer.value
        except triptych.TriptychError:
            pass
    triptych.inspect(each)
look(Path(sys.argv[1]).read_bytes())  # loads tables and modules
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + (200 << 20), resource.RLIM_INFINITY))
for each in data:
    look(each)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is limited in the way of Linux")
def test_the_memory_for_a_file_is_bounded(tmp_path: Path) -> None:
    """The worst file, bombs of zeros and of incompressible blocks, and the findings of fuzzing fit into 200 MB."""
    (tmp_path / "worst.trp").write_bytes(_worst().to_bytes())
    rng = np.random.default_rng(0)
    for name, blocks in {
        "zeros": (triptych.Block("text", "a", bytes(MAX_BLOCK_BYTES)),),
        "noise": (triptych.Block("exif", "a", rng.bytes(MAX_BLOCK_BYTES)),),
        "many": tuple(triptych.Block("text", f"{i}", b"x" * (MAX_BLOCK_BYTES // 1024)) for i in range(1024)),
    }.items():
        layer = RecipeLayer.from_recipe(Recipe(blocks=blocks), SIZE)
        (tmp_path / f"{name}.trp").write_bytes(Picture(*SIZE, (layer,)).to_bytes())
    findings = sorted((Path(__file__).parents[1] / "fuzz_findings").glob("*.trp"))
    files = [tmp_path / f"{name}.trp" for name in ("worst", "zeros", "noise", "many")] + findings
    subprocess.run([sys.executable, "-c", _BOUNDED, *map(str, files)], check=True)


# Small payloads that ask for the most work of their kinds: what is not in the payload is read as zeros or ones.
_GREEDY = {
    "edges of ones": EdgeLayer((1024, 1024), 0, b"\xff"),
    "edges of noise": EdgeLayer((1024, 1024), 0, b"\xff" + bytes(range(1, 256)) * 40),
    "colours of noise": TextureLayer((1024, 1024), 0, b"\x3f\x2f" + bytes(range(1, 256)) * 40),
    "details of the whole grid": DetailLayer((1024, 1024), 1, b"\x5f\x60" + bytes(range(1, 256)) * 40),
    "64 people": PoseLayer((1024, 1024), 0, bytes(range(1, 256)) * 8),
}


@pytest.mark.parametrize("name", _GREEDY)
def test_small_payloads_take_little_time(name: str) -> None:
    """Each stays near 0.5 s on an idle core; twenty times that are allowed: the machine is busy, and measured."""
    layer = _GREEDY[name]
    assert len(layer.payload) < 11_000
    start = time.process_time()
    with contextlib.suppress(triptych.DamagedError, triptych.LimitError):
        _ = type(layer)(layer.size, layer.coding, layer.payload).value
    assert time.process_time() - start < 20 * 0.5


def test_a_bomb_is_refused_by_its_header() -> None:
    """A frame that says it unpacks to more than a recipe holds, or does not say, is not unpacked."""
    from triptych.bitstream.zstandard import compress
    from triptych.layers.recipe.blocks import _dictionary

    frame = compress(bytes(64 << 20), _dictionary())
    assert len(frame) < 10_000
    with pytest.raises(triptych.TriptychError) as caught:
        _ = RecipeLayer(SIZE, 1, frame).recipe
    assert "\n" not in str(caught.value)
