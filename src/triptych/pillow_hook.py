"""Pillow knows the format once `triptych` is imported, in either order, and importing `triptych` does not import it.

Where Pillow is there already it is told at once; else when it comes: a finder at the front of `sys.meta_path` waits for
`PIL.Image`, lets the usual machinery find it, and takes itself away.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from PIL import Image

FORMAT = "TRIPTYCH"
EXTENSION = ".trp"
MIME = "image/x-triptych"
_MODULE = "PIL.Image"


def install() -> None:
    """Register with Pillow, now or when it is imported."""
    if _MODULE in sys.modules:
        register(import_module(_MODULE))  # waits if another thread is just importing it
    elif not any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting())


def register(image: Any) -> None:
    """Make Pillow know the format. `image`: the module `PIL.Image`."""
    image.register_open(FORMAT, _open, _accept)
    image.register_save(FORMAT, _save)
    image.register_extension(FORMAT, EXTENSION)
    image.register_mime(FORMAT, MIME)


class _Waiting:
    """Finds nothing itself. No MetaPathFinder: `importlib.abc` would take half the time of `import triptych`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _MODULE:
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_register(module: ModuleType) -> None:
                run(module)
                register(module)

            spec.loader.exec_module = run_and_register  # type: ignore[method-assign]
        return spec


# What Pillow calls; the plugin itself is imported by the first file or picture that needs it.


def _accept(prefix: bytes) -> bool:
    from .bitstream.container import SIGNATURE

    return prefix.startswith(SIGNATURE)


def _open(file: IO[bytes], filename: str | bytes) -> Image.Image:
    from .pillow_plugin import TriptychImageFile

    return TriptychImageFile(file, filename)


def _save(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:
    from .pillow_plugin import save

    save(image, file, filename)
