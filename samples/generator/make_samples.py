"""Make the sample pictures, their prompts, captions and keypoints.

Usage: ``python samples/generator/make_samples.py [--out DIR] [--only NAME ...]``. Every picture is computed from
seeded formulas, so a run always gives the same pictures.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scenes import city, dancer, harbour, meadow, portrait, still_life
from scenes.common import Array, to_image


@dataclass(frozen=True)
class Sample:
    """One picture: how to render it, the prompt it could come from, and three descriptions of it."""

    name: str
    render: Callable[[], Array]
    prompt: str
    short: str
    medium: str
    long: str


SAMPLES = (
    Sample(
        "harbour",
        harbour.render,
        "sunset over a calm bay, red and white lighthouse on a rocky headland, sailing boats, glowing "
        "clouds, long reflections on rippled water, golden hour, 35mm photo, highly detailed",
        "A lighthouse and sailing boats at sunset.",
        "A photo-like sunset over a calm bay. A red and white striped lighthouse stands on a headland on "
        "the right, sailing boats lie on the water, and the sun sets between purple mountains.",
        "The sun sets in a notch between layered purple mountains and throws a gold path across rippled "
        "violet water. Orange-edged clouds drift in a sky that runs from amber at the horizon through pink "
        "to dark blue. On the right a lighthouse with red and white bands shines its lamp from a rocky "
        "headland, next to a keeper's house with lit windows; its reflection breaks up in the waves. A "
        "sailing boat with peach-coloured sails floats in the left foreground, two more lie near the "
        "horizon, and five birds cross the sky.",
    ),
    Sample(
        "still_life",
        still_life.render,
        "still life with a blue and white porcelain vase of flowers, apples, oranges, a pear, a lemon and "
        "grapes on a wooden table, window light, chiaroscuro, shallow depth of field, octane render, 8k",
        "A vase of flowers and fruit on a table.",
        "A ray-traced still life: a white vase with blue ornament holds pale and pink flowers, and apples, "
        "oranges, a pear, a lemon and grapes lie before it on a wooden table in warm light from the left.",
        "Warm window light falls from the upper left on a polished wooden table before a dark grey-green "
        "wall. A white porcelain vase with cobalt bands and leaf ornament holds six cream and pink flowers "
        "with yellow hearts among green leaves. In front of it lie two streaked red and yellow apples with "
        "sharp highlights and two dimpled oranges; on the right stand a freckled yellow pear, a lemon and a"
        " bunch of purple grapes. Soft shadows stretch to the right, and a leaf and two petals have fallen "
        "on the boards in front.",
    ),
    Sample(
        "portrait",
        portrait.render,
        "1girl, solo, upper body, long blue hair, purple eyes, school uniform, sailor collar, red bow, hair"
        " flower, smile, blush, looking at viewer, pastel sky, petals, anime, clean lineart, masterpiece, "
        "best quality",
        "An anime girl with long blue hair.",
        "An anime-style portrait of a smiling girl with long blue hair and large purple eyes, in a white "
        "sailor blouse with a navy collar and a red bow, before a pastel sky.",
        "A girl drawn in anime style faces the viewer with an open smile and a light blush. Long blue hair "
        "with a jagged ring of light on the crown and straight bangs frames her face and falls past her "
        "shoulders; two strands stand up at the top, and two pink and white flowers sit above her left ear."
        " Her large purple eyes have white highlights and dark lashes. She wears a white sailor blouse with"
        " a navy collar, a white stripe and a red bow. Behind her a pastel sky fades from blue to peach, "
        "with soft discs of light and a few drifting petals.",
    ),
    Sample(
        "dancer",
        dancer.render,
        "full body illustration of a ballerina en pointe on a theatre stage, one arm raised, one leg in "
        "retire, blue bodice, white tutu, pink ribbon, red velvet curtains, giant moon backdrop, spotlight,"
        " storybook style",
        "A ballerina on a stage before a moon.",
        "A stylised ballerina balances on one toe on a wooden stage, her right arm raised and her left arm "
        "stretched out, framed by red curtains and a large pale moon over blue mountains.",
        "A ballerina faces the viewer and stands on the tip of her right foot; her left knee is turned out "
        "with the foot drawn toward the standing leg. Her right arm is raised above her head, her left arm "
        "reaches to the side. She wears a blue bodice with pearls, a layered white and pale blue tutu and "
        "pink shoes; her dark hair is tied in a bun with red flowers, and a long pink ribbon curls on both "
        "sides of her. Red velvet curtains with gold fringe frame a painted night with a huge pale moon, "
        "stars and rows of blue mountains. Warm light pools on the boards of the stage, where petals lie "
        "scattered.",
    ),
    Sample(
        "city",
        city.render,
        "cyberpunk street at night in the rain, one-point perspective, neon signs, lit shop windows, paper "
        "lanterns, footbridge, people with umbrellas, wet asphalt reflections, volumetric haze, cinematic, "
        "ultra detailed",
        "A rainy neon street at night.",
        "A cyberpunk street in one-point perspective on a rainy night: neon signs with invented characters,"
        " lit shops, a footbridge, people with umbrellas, and colourful reflections on the wet road.",
        "A straight street runs to a vanishing point a little right of the middle, under a dark violet sky."
        " Tall blocks with scattered lit windows line both sides; upright neon signs in blue, pink, "
        "yellow, violet and orange carry invented characters, and a large screen on the right shows a "
        "striped sun. Lit shops with striped awnings stand at street level. Cables with round red and "
        "yellow lanterns cross overhead, a lit footbridge spans the street, and beyond it a stepped tower "
        "carries a golden ring. A figure with a red umbrella stands on the road behind a pedestrian "
        "crossing, others walk along the pavements, and the wet asphalt mirrors every light while thin rain"
        " falls.",
    ),
    Sample(
        "meadow",
        meadow.render,
        "impressionist oil painting of a cottage in a flowering meadow, winding dirt path, old oak, autumn "
        "trees, drifting clouds, thick impasto brush strokes, summer afternoon light",
        "A painted cottage in a flowering meadow.",
        "An impressionist painting of a cream cottage with an orange roof at the end of a winding path, in "
        "a meadow full of flowers, with a large green tree on the left and autumn trees on the right.",
        "Thick, visible brush strokes build a summer landscape. A brown path winds from the lower left "
        "through green and yellow grass to a small cream cottage with an orange roof and blue windows. A "
        "massive green tree with sunlit foliage fills the left side and shades the grass below it; a small "
        "orange tree and a small green one stand near the cottage, slender green trees and a big orange tree"
        " to its right. Yellow, white, violet and red flowers are scattered across the foreground. Behind a"
        " row of hills the sky swirls with blue, cream and lilac strokes.",
    ),
)


def make(out: Path, only: list[str]) -> None:
    """Render the wanted samples and write every file that belongs to them."""
    out.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        if only and sample.name not in only:
            continue
        started = time.perf_counter()
        path = out / f"{sample.name}.png"
        to_image(sample.render()).save(path, optimize=True)
        (out / f"{sample.name}.txt").write_text(sample.prompt + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB in {time.perf_counter() - started:.1f} s")
    (out / "dancer.keypoints.json").write_text(json.dumps(dancer.keypoints()) + "\n", encoding="utf-8")
    captions = [
        {"file": f"{s.name}.png", "description": {"short": s.short, "medium": s.medium, "long": s.long}}
        for s in SAMPLES
    ]
    (out / "captions.json").write_text(json.dumps(captions, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make the sample pictures.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1], help="folder to write to")
    parser.add_argument("--only", nargs="*", default=[], choices=[s.name for s in SAMPLES], help="pictures to make")
    args = parser.parse_args()
    make(args.out, args.only)


if __name__ == "__main__":
    main()
