"""Checks of any decoder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from ...codec.decode import BatchDecoder, Conditioning, paint
from ...errors import TriptychError
from ...hub import Model, find
from ...typing import Floats
from ..sketch import SketchDecoder
from .kit import Check, Kit, mean, without
from .measures import colours_off, contours_found, joints_found

SHAPES = {"3:2": (768, 512), "9:16": (432, 768), "2.39:1": (956, 400)}
_LONG = "a small boat, calm water, evening light, soft clouds, distant hills, gentle waves, warm colours, "
_TIMES = 15  # of these words: 200
FLAT = 2.0  # standard deviation of a picture's values, of 255, below which it shows nothing


def paints(kit: Kit) -> Iterator[Check]:
    """The decoder paints at all."""
    name, given = next(iter(kit.samples.items()))
    (image,) = kit.paint(given)
    yield Check("load", "pass", f"painted {name} at {image.width} x {image.height}")


def layers(kit: Kit) -> Iterator[Check]:
    """Each layer brings the picture nearer to what it says than all the others do without it."""
    whole: dict[str, Image.Image] = {}
    for name, given in kit.samples.items():
        drawn = Image.fromarray(np.asarray(SketchDecoder().decode(given)))
        (whole[name], alone) = kit.paint(given, without(given, "edges", "people", "colours"))
        kit.show(name, "layers", drawn)
        kit.show(name, "all layers", whole[name])
        kit.show(name, "prompt alone", alone)
    yield from _layer(kit, whole, "edges", "contours found", 1, lambda c, image: contours_found(c.edges, image))  # type: ignore[arg-type]
    yield from _layer(kit, whole, "colours", "CIEDE2000", -1, lambda c, image: colours_off(c.colours, image))  # type: ignore[arg-type]
    find_joints = _pose_network()
    if find_joints is None:
        yield Check("people", "skip", "no pose network is on this disk: triptych models pull rtmpose")
    else:
        yield from _layer(
            kit,
            whole,
            "people",
            "joints found",
            1,
            lambda c, image: joints_found(c.people, find_joints(image), image.size),  # type: ignore[arg-type]
        )
    yield from _prompt(kit, whole)
    yield Check("likeness", "skip", "no originals ship with the kit; triptych bench measures it with yours")


def health(kit: Kit) -> Iterator[Check]:
    """Shapes, long prompts and few layers give pictures with something on them."""
    name, given = next(iter(kit.samples.items()))
    cases = {shape: replace(given, width=w, height=h) for shape, (w, h) in SHAPES.items()}
    if not kit.quick:
        cases["200 words"] = replace(given, prompt=_LONG * _TIMES)
        cases["no layers"] = without(given, "prompt", "edges", "people", "colours")
    flat, spread = [], {}
    for case, one in cases.items():
        (image,) = kit.paint(one)
        kit.show("shapes and prompts", case, image)
        spread[case] = round(float(np.asarray(image).std()), 2)
        if spread[case] < FLAT and case != "no layers":
            flat.append(case)
    said = f"flat or black: {', '.join(flat)}" if flat else f"{len(cases)} shapes and prompts, none flat or black"
    yield Check("health", "fail" if flat else "pass", said, {"standard deviations": spread, "sample": name})


def invariance(kit: Kit) -> Iterator[Check]:
    """The same again is the same, and a picture of a batch is what it is alone."""
    given = list(kit.samples.values())[:2]
    first, second = (kit.paint(given[0])[0] for _ in range(2))
    off = _difference(first, second)
    yield Check("repeat", "pass" if off == 0 else "fail", f"painted twice, {off:.3f} of 255 apart", {"difference": off})
    if not isinstance(kit.painter, BatchDecoder):
        yield Check("batch", "skip", "this decoder paints one picture at a time")
        return
    many = [replace(one, seed=one.seed + n) for n in range(2) for one in given][:4]
    together = paint(kit.painter, many)
    offs = [_difference(image, alone) for image, alone in zip(together, kit.paint(*many), strict=True)]
    # Half precision sums in another order; more than that is another picture.
    said = f"{len(many)} at once, at most {max(offs):.3f} of 255 apart"
    yield Check("batch", "pass" if max(offs) < 3 else "fail", said, {"differences": offs})


def cost(kit: Kit) -> Iterator[Check]:
    """Seconds a picture."""
    given = next(iter(kit.samples.values()))
    seconds = {}
    for count in (1, 4) if isinstance(kit.painter, BatchDecoder) and not kit.quick else (1,):
        started = time.perf_counter()
        paint(kit.painter, [given] * count)
        seconds[str(count)] = round((time.perf_counter() - started) / count, 3)
    said = ", ".join(f"{value:g} s a picture, {count} at once" for count, value in seconds.items())
    yield Check("cost", "pass", said, {"seconds": seconds, **_memory(kit)})


# --- parts -----------------------------------------------------------------------------------------------------------


def _layer(
    kit: Kit,
    whole: dict[str, Image.Image],
    layer: str,
    unit: str,
    better: int,
    measure: Callable[[Conditioning, Image.Image], float],
) -> Iterator[Check]:
    names = [name for name, given in kit.samples.items() if getattr(given, layer) is not None]
    having, lacking = [], []
    for name in names:
        given = kit.samples[name]
        (image,) = kit.paint(without(given, layer))
        kit.show(name, f"without {layer}", image)
        having.append(measure(given, whole[name]))
        lacking.append(measure(given, image))
    figures = {"with": having, "without": lacking, "samples": names}
    said = f"{unit} {mean(having):.3f} with {layer}, {mean(lacking):.3f} without, on {len(names)} samples"
    helps = better * (mean(having) - mean(lacking)) > 0
    yield Check(layer, "pass" if helps else "fail", said, figures)


def _prompt(kit: Kit, whole: dict[str, Image.Image]) -> Iterator[Check]:
    offs = []
    for name, given in list(kit.samples.items())[:2]:
        (image,) = kit.paint(without(given, "prompt"))
        kit.show(name, "without prompt", image)
        offs.append(_difference(whole[name], image))
    said = f"the picture changes by {mean(offs):.2f} of 255"
    yield Check("prompt", "pass" if min(offs) > 0 else "fail", said, {"differences": offs})


def _pose_network() -> Callable[[Image.Image], Floats] | None:
    """Finds the joints of people as fractions, if its weights are here."""
    from ...analysis.detectors import PEOPLE
    from ...analysis.detectors import find as extractor

    source = extractor(PEOPLE, "rtmpose").source
    try:
        from ...analysis.detectors.people import find_people

        if isinstance(source, Model) and find(source) is None:
            return None
    except (TriptychError, ImportError):
        return None

    def found(image: Image.Image) -> Floats:
        people = find_people(image).astype(float)
        people[people < 0] = np.nan
        return people / 256

    return found


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of values, of 255."""
    a, b = (np.asarray(image).astype(int) for image in (one, other))
    return round(float(np.abs(a - b).mean()), 4)


def _memory(kit: Kit) -> dict[str, Any]:
    """Gigabytes at the most so far, on an NVIDIA card."""
    device = getattr(kit.painter, "device", None)
    if getattr(device, "type", None) != "cuda":
        return {}
    import torch

    return {"gigabytes": round(torch.cuda.max_memory_allocated(device) / 2**30, 2)}
