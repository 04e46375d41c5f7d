"""What `encode` and `extract` share: networks that look at pictures, chosen by name on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InputError, TriptychError
from .options import Common, option, stacked

if TYPE_CHECKING:
    from ..analysis.image import Source

F = TypeVar("F", bound=Callable[..., Any])

CLASSICAL = "classical"
_BATCH = 8  # pictures that are captioned at once


_SECTION = "networks (names: see 'triptych models list'; paths and hub ids work, too; weights are downloaded once)"


@dataclass(frozen=True, kw_only=True)
class Detecting(Common):
    """The networks that are asked for; None: none of this kind, edges are found by the classical detector."""

    caption: str | None = None
    caption_device: str | None = None
    edge_detector: str = CLASSICAL
    pose_detector: str | None = None


def _names(finds: str) -> Any:
    """Completion of a network's name."""

    def complete(ctx: Any, param: Any, incomplete: str) -> list[str]:
        from ..analysis.detectors import names

        return [name for name in names(finds) if name.startswith(incomplete)]

    return complete


def detectors() -> Callable[[F], F]:
    """The options of `Detecting`."""
    return stacked(
        [
            option(
                "--caption",
                metavar="NAME",
                section=_SECTION,
                shell_complete=_names("captions"),
                help="a model that writes a prompt where there is none",
            ),
            option(
                "--caption-device",
                metavar="DEVICE",
                section=_SECTION,
                help="where it computes: cuda, cuda:1, mps or cpu (default: the best)",
            ),
            option(
                "--edge-detector",
                metavar="NAME",
                default=CLASSICAL,
                section=_SECTION,
                shell_complete=_names("edges"),
                help="a network that finds edges, or an ONNX file (default: classical, none)",
            ),
            option(
                "--pose-detector",
                metavar="NAME",
                section=_SECTION,
                shell_complete=_names("people"),
                help="a network that finds people, for example rtmpose",
            ),
        ]
    )


def given(args: Detecting) -> bool:
    """Whether any network is asked for."""
    return bool(args.caption or args.pose_detector or args.edge_detector != CLASSICAL)


def prepare(args: Detecting) -> None:
    """See that all that was asked for is there, so that what is missing is one error and not one a picture."""
    if args.caption_device and not args.caption:
        raise InputError("--caption-device says where --caption computes; give that, too")
    if given(args):
        from ..analysis.detectors import ready_all

        ready_all(caption=args.caption, edge_detector=args.edge_detector, pose_detector=args.pose_detector)


def caption_all(
    paths: list[Path], args: Detecting, prompt: Callable[[Path], str | None], background: tuple[int, int, int]
) -> dict[Path, str]:
    """Captions of the pictures that have no prompt; those that cannot be read are passed over, and told later."""
    if not args.caption:
        return {}
    from tqdm import tqdm

    from ..analysis.detectors.captions import caption
    from ..analysis.image import load_image

    def wanting(path: Path) -> bool:
        try:
            return prompt(path) is None
        except TriptychError:
            return False

    captions: dict[Path, str] = {}
    todo = [path for path in paths if wanting(path)]
    with tqdm(total=len(todo), desc="caption", unit="file", delay=1, leave=False, disable=None) as bar:
        for start in range(0, len(todo), _BATCH):
            images = {}
            for path in todo[start : start + _BATCH]:
                try:
                    images[path] = load_image(path, background=background).image
                except InputError:
                    continue
            made = caption(list(images.values()), args.caption, device=args.caption_device or "")
            captions |= zip(images, made, strict=True)
            bar.update(_BATCH)
    return captions


def detect(source: Source, args: Detecting, layers: list[str] | None, *, people: bool = False) -> dict[str, Any]:
    """Arguments of `triptych.encode` that the networks asked for have found in a picture; see there."""
    if not args.pose_detector and args.edge_detector == CLASSICAL:
        return {}
    from ..analysis.detectors import detect

    networks = {"edge_detector": args.edge_detector, "pose_detector": args.pose_detector}
    return detect(source, **networks, layers=layers, people=people)
