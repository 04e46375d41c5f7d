"""What the page on processes promises: threads, asyncio, spawned pools, pickling."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import pickle
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from threadpoolctl import threadpool_info

import triptych
from triptych import networks
from triptych.codec.picture import Picture
from triptych.threads import one_thread

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "guides" / "processes.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documents are not part of this copy")
def test_every_promise_has_its_test() -> None:
    """Each item of the page names a test that exists, or says that it promises nothing."""
    text = PAGE.read_text(encoding="utf-8")
    items = re.split(r"^- ", text, flags=re.MULTILINE)[1:]
    assert len(items) > 10
    for item in items:
        found = re.search(r"\(`(\S+)::(\w+)`\)", item)
        if found is None:
            assert item.startswith("Not promised: "), item
        else:
            assert f"def {found[2]}(" in (ROOT / found[1]).read_text(encoding="utf-8"), item


def test_threads_get_the_same_results(drawing: Callable[..., Image.Image], make: Callable[..., Picture]) -> None:
    """Encoding, decoding and unpacking in eight threads give what one gives."""
    image, data = drawing(48, 48), make((96, 64)).to_bytes()
    shared = Picture.from_bytes(data)

    def work(_: int) -> tuple[object, ...]:
        own = triptych.inspect(data)
        assert shared.edges is not None and shared.texture is not None
        parts = shared.edges.raster.tobytes(), shared.texture.colours.tobytes(), shared.prompt
        return triptych.encode(image).to_bytes(), triptych.decode(data).tobytes(), str(own), *parts

    with ThreadPoolExecutor(8) as pool:
        results = set(pool.map(work, range(8)))
    assert results == {work(0)}


def test_products_take_one_thread_for_a_while() -> None:
    """NumPy's threads, which spin, are not used while something is encoded, and are as many as before afterwards."""

    def counts() -> set[int]:
        # NumPy's own: SciPy brings another one, which no product here uses, whenever a test loads it.
        libraries = [each for each in threadpool_info() if each["user_api"] == "blas" and "numpy" in each["filepath"]]
        return {library["num_threads"] for library in libraries}

    with one_thread():
        pass  # loads NumPy
    before = counts()
    with one_thread():
        with one_thread():
            assert counts() <= {1}
        assert counts() <= {1}
    assert counts() == before


def test_asyncio_by_threads(make: Callable[..., Picture]) -> None:
    """Several decodings wait for each other in no way that an event loop would notice."""
    data = make((64, 48)).to_bytes()

    async def main() -> list[Image.Image]:
        return await asyncio.gather(*(asyncio.to_thread(triptych.decode, data) for _ in range(4)))

    assert len({image.tobytes() for image in asyncio.run(main())}) == 1


def test_values_and_errors_can_be_pickled(make: Callable[..., Picture]) -> None:
    """What functions take, give and raise survives pickling and copying."""
    picture = make((64, 48))
    recipe = triptych.Recipe(tool="x", seed=7)
    values: list[object] = [picture, *picture.layers, recipe, triptych.Metadata(prompt="a"), triptych.Limits(pixels=9)]
    for value in values:
        for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
            assert again == value and type(again) is type(value)
    for kind in vars(triptych.errors).values():
        if isinstance(kind, type) and issubclass(kind, triptych.TriptychError):
            error = kind("who", "extra") if kind is triptych.MissingExtraError else kind("what is wrong")
            again = pickle.loads(pickle.dumps(error))
            assert type(again) is kind and str(again) == str(error) and vars(again) == vars(error)


def _in_a_worker(picture: Picture) -> tuple[Picture, bytes, int]:
    """Run in another process: the picture, its pixels, and the threads of a network."""
    network = networks.load_network("triptych.decoders.miniature", "miniature", "")
    threads = network.session.get_session_options().intra_op_num_threads
    return picture, triptych.decode(picture).tobytes(), threads


def test_a_pool_of_spawned_processes(make: Callable[..., Picture]) -> None:
    """A picture goes there and back, is painted alike, and the network takes one thread."""
    picture = make((64, 48))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        back, pixels, threads = pool.apply(_in_a_worker, (picture,))
    assert back == picture and pixels == triptych.decode(picture).tobytes() and threads == 1
