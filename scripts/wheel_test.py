"""Build the wheel, install it into an empty environment, and use it there: `python scripts/wheel_test.py`.

    python scripts/wheel_test.py                                                       # as constraints.txt has it
    python scripts/wheel_test.py --constraints constraints-lowest.txt --only-binary    # the lowest versions
    python scripts/wheel_test.py --pythons 3.11 3.12 3.13 3.14                         # every Python that is found
    python scripts/wheel_test.py --constraints constraints-lowest.txt --search numpy   # how low could it be?

The demo runs from a folder without the sources, and each kind of layer goes through encoder, file and decoder.
Interpreters are looked for on the PATH and among those of pyenv. `--search` tries lower and lower versions of
dependencies, the others as in the file, until one has no wheel or does not work.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
USE = """
import io, sys, numpy as np, PIL.Image, triptych
samples = sys.argv[1]
assert "site-packages" in triptych.__file__, triptych.__file__
picture = triptych.encode(samples + "/dancer.png", people=samples + "/dancer.keypoints.json", prompt="a dancer",
                          recipe="full")
again = triptych.Picture.from_bytes(picture.to_bytes())
assert again.prompt == "a dancer" and again.to_bytes() == picture.to_bytes()
assert triptych.decode(again).size == (512, 768)
assert np.asarray(triptych.decode(again, decoder="sketch")).shape == (768, 512, 3)
triptych.edit.mirror(again)
PIL.Image.open(io.BytesIO(picture.to_bytes())).load()
"""


class Failed(Exception):
    """A command did not succeed; the text is the end of what it said."""


def run(*command: object, cwd: Path | None = None) -> str:
    """The standard output of a command that must succeed; nothing of ours is on its path."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith("[notice]")]
        raise Failed("\n".join(lines[-8:]) or f"{command[0]} failed")
    return done.stdout


def build(folder: Path) -> Path:
    """The wheel, made from a copy of the sources as `git` and `.gitignore` have them."""
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    return next(folder.glob("*.whl"))


def use(python: Path | str, wheel: Path, folder: Path, versions: Sequence[str], *, only_binary: bool) -> None:
    """Install the wheel with these versions ("numpy==1.26.0") into a new environment in `folder`, and use it.

    Raises:
        Failed: it cannot be installed, or does not work.
    """
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(versions) + "\n", "utf-8")
    run(python, "-m", "venv", "--clear", folder / "venv")
    inside = folder / "venv/bin/python"
    binary = ["--only-binary", ":all:"] if only_binary else []
    run(inside, "-m", "pip", "install", "-q", "-c", constraints, *binary, wheel)
    run(folder / "venv/bin/triptych", "--version", cwd=folder)
    run(inside, ROOT / "samples/demo.py", "--out", folder / "demo", cwd=folder)
    run(inside, "-c", USE, ROOT / "samples", cwd=folder)


def interpreter(version: str) -> Path | None:
    """A Python of a version, such as "3.12"."""
    found = shutil.which(f"python{version}")
    pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))
    if found and not Path(found).is_relative_to(Path.home() / ".pyenv/shims"):
        return Path(found)
    return pyenv[-1] if pyenv else None


def search(name: str, wheel: Path, folder: Path, versions: dict[str, str]) -> None:
    """Say which of the versions below that of `name` work, down to the first that does not."""
    inside = folder / "venv/bin/python"
    said = run(inside, "-m", "pip", "index", "versions", name)
    offered = [version.strip() for version in re.findall(r"Available versions: (.*)", said)[0].split(",")]
    for version in offered[offered.index(versions[name]) + 1 :]:
        changed = versions | {name: version}
        try:
            use(sys.executable, wheel, folder, [f"{a}=={b}" for a, b in changed.items()], only_binary=True)
        except Failed as error:
            print(f"{name} {version}: {str(error).splitlines()[-1]}", flush=True)
            return
        print(f"{name} {version}: works", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--constraints", type=Path, default=ROOT / "constraints.txt")
    parser.add_argument("--only-binary", action="store_true", help="refuse what would have to be compiled")
    parser.add_argument("--pythons", nargs="*", default=[], metavar="VERSION", help="default: the one that runs this")
    parser.add_argument("--search", nargs="*", default=[], metavar="NAME")
    args = parser.parse_args()
    lines = args.constraints.read_text("utf-8").splitlines()
    versions = [line for line in lines if line and not line.startswith("#")]
    pythons = {version: interpreter(version) for version in args.pythons}
    skipped = [version for version, found in pythons.items() if found is None]
    if skipped:
        print(f"skipped, for there is no interpreter here: Python {', '.join(skipped)}")
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        wheel = build(folder)
        for python in [found for found in pythons.values() if found] or [Path(sys.executable)]:
            start = time.monotonic()
            try:
                use(python, wheel, folder, versions, only_binary=args.only_binary)
            except Failed as error:
                wrong += 1
                print(f"{wheel.name} with {python}:\n{error}", flush=True)
                continue
            print(f"{wheel.name} works with {python} ({time.monotonic() - start:.0f} s)", flush=True)
        for name in args.search:
            search(name, wheel, folder, dict(line.split("==") for line in versions))
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
