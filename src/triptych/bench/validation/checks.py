"""Checks of any decoder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from PIL import Image

from ...codec.decode import BatchDecoder, Conditioning, paint
from ...decoders.sketch import SketchDecoder
from ...errors import ModelError, TriptychError
from ...hub import Model, find
from ...typing import Floats
from ..metrics import METRICS
from .kit import FLAT, KEPT, LIKENESS, Check, Kit, mean, without
from .measures import around, colours_off, contours_found, joints_found

SHAPES = {"3:2": (768, 512), "9:16": (432, 768), "2.39:1": (956, 400)}
_LONG = "a small boat, calm water, evening light, soft clouds, distant hills, gentle waves, warm colours, "
_TIMES = 15  # of these words: 200
LAYERS = ("prompt", "edges", "people", "colours")
AGAIN = "made again in float32"  # what is counted of autoencoders that overflow

Painted = dict[str, dict[str, Image.Image]]
"""What was painted from -> sample -> picture."""


def paints(kit: Kit) -> Iterator[Check]:
    """The decoder paints at all."""
    name, given = next(iter(kit.samples.items()))
    (image,) = kit.paint(given)
    yield Check("load", "pass", f"painted {name} at {image.width} x {image.height}")


def layers(kit: Kit) -> Iterator[Check]:
    """Each layer brings the picture nearer to what it says than all the others do without it."""
    painted: Painted = {}
    for name, given in kit.samples.items():
        kit.show(name, "original", kit.originals[name])
        kit.show(name, "layers", Image.fromarray(np.asarray(SketchDecoder().decode(given))))
        cases = {"all layers": given, "prompt alone": without(given, "edges", "people", "colours")}
        for layer in LAYERS:
            if getattr(given, layer) is None or layer in kit.ignored:
                continue
            others = given
            if layer in kit.hidden:
                others = cases[f"{layer}, not {kit.hidden[layer]}"] = without(given, kit.hidden[layer])
            cases[f"without {layer}"] = without(others, layer)
        for case, one in cases.items():
            (image,) = kit.paint(one)
            kit.show(name, case, image)
            painted.setdefault(case, {})[name] = image
    yield _layer(kit, painted, "edges", "contours found", 1, lambda c, image: contours_found(c.edges, image))  # type: ignore[arg-type]
    yield _layer(kit, painted, "colours", "CIEDE2000", -1, lambda c, image: colours_off(c.colours, image))  # type: ignore[arg-type]
    find_joints = pose_network()
    if find_joints is None:
        yield _people_by_change(kit, painted)
    else:
        yield _layer(
            kit,
            painted,
            "people",
            "joints found",
            1,
            lambda c, image: joints_found(c.people, find_joints(image), image.size),  # type: ignore[arg-type]
        )
    yield _prompt(kit, painted)
    yield _likeness(kit, painted)


def health(kit: Kit) -> Iterator[Check]:
    """Shapes, long prompts and few layers give pictures with something on them."""
    name, given = next(iter(kit.samples.items()))
    cases = {shape: replace(given, width=w, height=h) for shape, (w, h) in SHAPES.items()}
    if not kit.quick:
        cases["200 words"] = replace(given, prompt=_LONG * _TIMES)
        cases["prompt alone"] = without(given, "edges", "people", "colours")
        cases["no layers"] = without(given, *LAYERS)
    wrong, spread = [], {}
    for case, one in cases.items():
        try:
            (image,) = kit.paint(one)
        except ModelError as error:  # numbers without a value, or no memory: of this case alone
            wrong.append(f"{case} ({error})")
            continue
        kit.show("shapes and prompts", case, image)
        spread[case] = round(float(np.asarray(image).std()), 2)
        if spread[case] < FLAT and case != "no layers":
            wrong.append(f"{case} (flat or black)")
    counted = f"of all {kit.counts['painted']} pictures so far {kit.counts['flat or black']} are flat or black"
    if kit.counts[AGAIN]:
        counted += f", {kit.counts[AGAIN]} of the autoencoder's had numbers without a value and were made again"
    said = f"wrong: {', '.join(wrong)}" if wrong else f"{len(cases)} shapes and prompts, none flat or black"
    figures = {"standard deviations": spread, "sample": name, **kit.counts}
    yield Check("health", "fail" if wrong else "pass", f"{said}; {counted}", figures)


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
    """Seconds a picture, and the most memory, alone and four at once."""
    given = next(iter(kit.samples.values()))
    seconds, gigabytes = {}, {}
    for count in (1, 4) if isinstance(kit.painter, BatchDecoder) and not kit.quick else (1,):
        with peak(kit) as most:
            started = time.perf_counter()
            paint(kit.painter, [given] * count)
            seconds[str(count)] = round((time.perf_counter() - started) / count, 3)
        gigabytes[str(count)] = most()
    said = ", ".join(
        f"{value:g} s a picture" + (f" and {gigabytes[count]:g} GB" if gigabytes[count] else "") + f", {count} at once"
        for count, value in seconds.items()
    )
    yield Check("cost", "pass", said, {"seconds": seconds, "gigabytes at most": gigabytes})


@contextmanager
def peak(kit: Kit) -> Iterator[Callable[[], float | None]]:
    """Gives a function: the most gigabytes of a GPU that were in use inside; None on other devices.

    MPS does not count the most; there it is what its driver holds at the end.
    """
    device = getattr(kit.painter, "device", None)
    kind = getattr(device, "type", None)
    if kind not in ("cuda", "mps"):
        yield lambda: None
        return
    import torch

    if kind == "mps":
        yield lambda: round(torch.mps.driver_allocated_memory() / 1e9, 2)
        return
    torch.cuda.reset_peak_memory_stats(device)
    yield lambda: round(torch.cuda.max_memory_allocated(device) / 1e9, 2)


# --- parts -----------------------------------------------------------------------------------------------------------


def _layer(
    kit: Kit,
    painted: Painted,
    layer: str,
    unit: str,
    better: int,
    measure: Callable[[Conditioning, Image.Image], float],
) -> Check:
    if layer in kit.ignored:
        return Check(layer, "skip", kit.ignored[layer])
    lacks = painted.get(f"without {layer}", {})
    if not lacks:
        return Check(layer, "skip", "no sample has this layer")
    has = painted.get(f"{layer}, not {kit.hidden.get(layer)}", painted["all layers"])
    having = [measure(kit.samples[name], has[name]) for name in lacks]
    lacking = [measure(kit.samples[name], image) for name, image in lacks.items()]
    figures = {"with": having, "without": lacking, "samples": list(lacks)}
    said = f"{unit} {mean(having):.3f} with {layer}, {mean(lacking):.3f} without, on {len(lacks)} samples"
    return Check(layer, "pass" if better * (mean(having) - mean(lacking)) > 0 else "fail", said, figures)


def _people_by_change(kit: Kit, painted: Painted) -> Check:
    """Without a pose network: whether people change the picture at all, and how much more near them than elsewhere."""
    remedy = "where joints are was not looked at: pip install 'triptych[pose]', then triptych models pull rtmpose"
    lacks = painted.get("without people", {})
    if "people" in kit.ignored or not lacks:
        return Check("people", "skip", kit.ignored.get("people", "no sample has this layer"))
    has = painted.get(f"people, not {kit.hidden.get('people')}", painted["all layers"])
    near, elsewhere = [], []
    for name, image in lacks.items():
        change = np.abs(np.asarray(has[name]).astype(int) - np.asarray(image)).mean(axis=2)
        there = around(kit.samples[name].people, image.size)  # type: ignore[arg-type]
        near.append(float(change[there].mean()))
        elsewhere.append(float(change[~there].mean()))
    if _blind(kit, [*near, *elsewhere]):
        return Check("people", "skip", "pictures are the same without people: this decoder does not look at them")
    said = f"the picture changes by {mean(near):.2f} of 255 near them, {mean(elsewhere):.2f} elsewhere; {remedy}"
    figures = {"near": near, "elsewhere": elsewhere, "samples": list(lacks)}
    return Check("people", "pass" if min(near) > 0 else "fail", said, figures)


def _prompt(kit: Kit, painted: Painted) -> Check:
    """By the CLIP score of prompt and picture if it is here, else whether the picture changes at all."""
    lacks = painted.get("without prompt", {})
    if not lacks:
        return Check("prompt", "skip", "no sample has a prompt")
    has = painted["all layers"]
    offs = [_difference(has[name], image) for name, image in lacks.items()]
    if _blind(kit, offs):
        return Check("prompt", "skip", "pictures are the same without the prompt: this decoder does not read it")
    if KEPT not in kit.metrics:
        said = f"the picture changes by {mean(offs):.2f} of 255; whether it fits was not looked at: {kit.absent[KEPT]}"
        return Check("prompt", "pass" if min(offs) > 0 else "fail", said, {"differences": offs})
    scores: dict[str, list[float]] = {"with": [], "without": []}
    for name in lacks:
        for which, image in (("with", has[name]), ("without", lacks[name])):
            score = kit.metrics[KEPT](np.asarray(image), np.asarray(image), kit.samples[name].prompt)
            scores[which].append(round(score or 0.0, 3))
    with_it, lacking = mean(scores["with"]), mean(scores["without"])
    said = f"CLIP score {with_it:.2f} with the prompt, {lacking:.2f} without, on {len(lacks)} samples"
    return Check("prompt", "pass" if with_it > lacking else "fail", said, {"differences": offs, **scores})


def _blind(kit: Kit, changes: Sequence[float]) -> bool:
    """Whether a decoder that never said that it looks at a layer does not; a preset says so by its networks."""
    return max(changes) == 0 and not hasattr(type(kit.painter), "networks")


def _likeness(kit: Kit, painted: Painted) -> Check:
    """With all layers pictures are nearer to their originals than with the prompt alone."""
    here = [name for name in LIKENESS if name in kit.metrics]
    wanted = LIKENESS[0]
    lack = "" if wanted in here else f"; {METRICS[wanted].label} is absent: {kit.absent.get(wanted, '')}"
    if not here:
        return Check("likeness", "skip", lack.removeprefix("; "))
    found: dict[str, dict[str, float]] = {}
    for metric in here:
        for case, images in painted.items():
            values = [_compared(kit, metric, name, image) for name, image in images.items()]
            known = [value for value in values if value is not None]
            if len(known) == len(kit.samples):  # means of fewer would be of other pictures
                found.setdefault(metric, {})[case] = mean(known)
    if not found:  # smaller than any of the metrics takes
        return Check("likeness", "skip", f"the samples are too small for {', '.join(here)}{lack}")
    metric, means = next(iter(found.items()))
    said = ", ".join(f"{value:.3f} {case}" for case, value in means.items())
    nearer = METRICS[metric].sign * (means["all layers"] - means["prompt alone"]) > 0
    said = f"{METRICS[metric].label} to the originals: {said}{lack}"
    return Check("likeness", "pass" if nearer else "fail", said, found)


def _compared(kit: Kit, metric: str, name: str, image: Image.Image) -> float | None:
    """A metric between a sample's original and what was painted, at the smaller one's size."""
    original = kit.originals[name]
    size = min(original.size, image.size)
    pixels = [np.asarray(one.convert("RGB").resize(size, Image.Resampling.LANCZOS)) for one in (original, image)]
    return kit.metrics[metric](pixels[0], pixels[1], None)


def pose_network() -> Callable[[Image.Image], Floats] | None:
    """Finds the joints of people as fractions, if its weights are here."""
    from ...analysis.detectors import PEOPLE
    from ...analysis.detectors import find as extractor

    source = extractor(PEOPLE, "rtmpose").source
    try:
        import rtmlib  # noqa: F401

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
