"""The lowest versions of our dependencies that work: `python scripts/lowest.py PYTHON [--search NAME ...]`.

    python scripts/lowest.py .venv/bin/python                    # does constraints-lowest.txt still work?
    python scripts/lowest.py .venv/bin/python --search numpy     # goes down from there, version by version

An environment of its own gets the package with the versions of constraints-lowest.txt, and runs the demo, and each
kind of layer through encoder, file and decoder. `--search` tries lower and lower versions of one dependency, the
others as in the file, until one cannot be installed from a wheel or does not work.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints-lowest.txt"
SMOKE = """
import io, sys, numpy as np, PIL.Image, triptych
from triptych.metadata.read import read_metadata
picture = triptych.encode(sys.argv[1] + "/samples/dancer.png", people=sys.argv[1] + "/samples/dancer.keypoints.json",
                          prompt="a dancer", recipe="full")
again = triptych.Picture.from_bytes(picture.to_bytes())
assert again.prompt == "a dancer" and again.to_bytes() == picture.to_bytes()
assert triptych.decode(again).size == (512, 768)
assert np.asarray(triptych.decode(again, decoder="sketch")).shape == (768, 512, 3)
triptych.edit.mirror(again)
out = io.BytesIO()
PIL.Image.open(sys.argv[1] + "/samples/meadow.png").save(out, "TRIPTYCH")
PIL.Image.open(io.BytesIO(out.getvalue())).load()
"""


def works(python: str, folder: Path, versions: dict[str, str]) -> str:
    """Install the package with these versions and use it; the empty text, or the last line of what went wrong."""
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), "utf-8")
    venv = folder / "venv"
    inside = venv / "bin" / "python"
    commands = [
        [inside, "-m", "pip", "install", "-q", "--only-binary", ":all:", "-c", constraints, *versions],
        [inside, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", ROOT],
        [inside, "-c", SMOKE, ROOT],
        [inside, ROOT / "samples/demo.py", "--out", folder / "demo"],
        [inside, "-m", "triptych", "--version"],
    ]
    if not venv.exists():
        setup = [[python, "-m", "venv", venv], [inside, "-m", "pip", "install", "-q", "hatchling"]]
        commands = setup + commands
    for command in commands:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = [line for line in done.stderr.strip().splitlines() if line and not line.startswith("[notice]")]
            return lines[-1] if lines else f"{command[1]} failed"
    return ""


def offered(inside: Path, name: str) -> list[str]:
    """All versions of a distribution that an index has for this Python, the newest first."""
    done = subprocess.run([inside, "-m", "pip", "index", "versions", name], capture_output=True, text=True, check=True)
    found = re.search(r"Available versions: (.*)", done.stdout)
    return [version.strip() for version in found[1].split(",")] if found else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="the interpreter to make an environment with, the lowest that is supported")
    parser.add_argument("--search", nargs="*", default=[], metavar="NAME")
    args = parser.parse_args()
    lines = CONSTRAINTS.read_text("utf-8").split("\n")
    versions = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        wrong = works(args.python, folder, versions)
        print(f"constraints-lowest.txt: {wrong or 'works'}", flush=True)
        if wrong:
            return 1
        for name in args.search:
            newest_first = offered(folder / "venv/bin/python", name)
            lower = newest_first[newest_first.index(versions[name]) + 1 :]
            for version in lower:
                wrong = works(args.python, folder, versions | {name: version})
                print(f"{name} {version}: {wrong or 'works'}", flush=True)
                if wrong:
                    break
                versions[name] = version
    return 0


if __name__ == "__main__":
    sys.exit(main())
