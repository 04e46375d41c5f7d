"""How fast this tree is against another one: `python benchmarks/speed.py FOLDER --against REVISION`.

    python benchmarks/speed.py FOLDER [--against REVISION] [--every N] [--side PIXELS] [--rounds N] [--do VERB ...]
                               [--write FILE] [--gate FILE] [--slack FACTOR]

FOLDER holds pictures; every Nth is taken, enlarged or reduced to `--side` pixels on the longer side if that is given.
REVISION is a commit of this repository, HEAD by default. Two processes, one with each tree and one thread each, do the
same thing in turn, and what is compared is their own processor time, pair by pair: the times of a shared machine mean
nothing, their ratios do. What both write is compared, too: bytes of each file, and whether they are the same.

`--write` keeps the ratios; `--gate` compares with kept ones and fails where one is more than `--slack` times as large.
So a change is measured against the revision that the kept ratios name, in one run, on any machine:

    python benchmarks/speed.py samples --gate benchmarks/results/speed.json
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path
from statistics import mean, median
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[1]
ENDINGS = (".png", ".webp", ".jpg", ".jpeg")
PROMPT = "a photograph of a quiet harbour at dawn, fishing boats, golden light, highly detailed"
# What a process does for a line of standard input. It has to run with trees of any age, so it asks for little.
WORKER = """
import hashlib, json, resource, sys, time
import triptych

def encode(path, trp):
    return triptych.encode(path, prompt=PROMPT).to_bytes()

def save(path, trp):
    with open(trp, "wb") as file:
        file.write(encode(path, trp))
    return b""

def detail(path, trp):
    return triptych.encode(path, prompt=PROMPT, bpp=0.08).to_bytes()

def decode(path, trp):
    return triptych.decode(trp).tobytes()

def own(path, trp):
    global start
    data = written.get(path) or written.setdefault(path, encode(path, trp))
    start = time.process_time()
    return triptych.decode(data).tobytes()

def sketch(path, trp):
    return triptych.decode(trp, decoder="sketch").tobytes()

def unpack(path, trp):
    opened = triptych.Picture.open(trp)
    return opened.edges.raster.tobytes() + opened.texture.colours.tobytes()

def info(path, trp):
    with open(trp, "rb") as file:
        data = file.read()
    for _ in range(100):
        found = triptych.inspect(data, values=False)
    return str(found["bytes"]).encode()

written = {}  # what this tree made of pictures
for line in sys.stdin:
    verb, path, trp = json.loads(line)
    start = time.process_time()
    made = globals()[verb](path, trp)
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([spent, len(made), hashlib.sha256(made).hexdigest(), peak]), flush=True)
"""
# `decode`, `sketch` and `unpack` read what the older tree writes; `own` decodes what its own tree writes by default.
VERBS = ("encode", "unpack", "sketch", "decode", "own", "info")


class Tree:
    """A process that works with the package in one tree."""

    def __init__(self, source: Path) -> None:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        # ONNX Runtime takes one thread in a process that has a parent of this sort, and as many as there are otherwise.
        alone = f"import multiprocessing; multiprocessing.parent_process = lambda: True; PROMPT = {PROMPT!r}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", alone + WORKER],
            env={**os.environ, **threads, "PYTHONPATH": str(source)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, verb: str, picture: Path, stream: Path) -> tuple[float, int, str, int]:
        """(seconds of processor time, bytes made, their hash, largest memory so far in KiB)."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([verb, str(picture), str(stream)]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("a process ended; what it said stands above")
        spent, length, digest, peak = json.loads(answer)
        return spent, length, digest, peak

    def end(self) -> None:
        self._process.communicate()


def unpacked(revision: str, folder: Path) -> Path:
    """The package of a revision, in a folder."""
    archive = subprocess.run(["git", "-C", ROOT, "archive", revision, "src"], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder / "src"


def pictures(folder: Path, every: int, side: int | None, scratch: Path) -> list[Path]:
    """Each picture as a PNG of the wanted size."""
    found = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in ENDINGS)[::every]:
        image = Image.open(path).convert("RGB")
        if side:
            scale = side / max(image.size)
            image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        found.append(scratch / f"{path.stem}.png")
        image.save(found[-1], compress_level=1)
    return found


def measure(trees: tuple[Tree, Tree], files: list[Path], verb: str, rounds: int) -> dict[str, Any]:
    """Ratios new / old of one verb over some pictures."""
    ratios, times, same, lengths, peaks = [], [], 0, [0, 0], [0, 0]
    for path in files:
        stream = path.with_suffix(".trp")
        pairs = []
        for _ in range(rounds):
            old, new = (tree.do(verb, path, stream) for tree in trees)
            pairs.append((old[0], new[0]))
        same += old[2] == new[2]
        lengths = [lengths[0] + old[1], lengths[1] + new[1]]
        peaks = [old[3], new[3]]
        ratios.append(median(b / a for a, b in pairs))
        times.append((min(a for a, _ in pairs), min(b for _, b in pairs)))
    return {
        "ratio_median": round(median(ratios), 3),
        "ratio_mean": round(sum(b for _, b in times) / sum(a for a, _ in times), 3),
        "seconds_old_new": [round(mean(side), 4) for side in zip(*times, strict=True)],
        "same": f"{same} of {len(files)}",
        "bytes_old_new": lengths,
        "peak_mib_old_new": [round(peak / 1024) for peak in peaks],
    }


def slower(found: dict[str, Any], kept: dict[str, Any], slack: float) -> list[str]:
    """The verbs whose ratio is more than `slack` times the one that was kept."""
    return [verb for verb in found if verb in kept and found[verb]["ratio_median"] > slack * kept[verb]["ratio_median"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--against", metavar="REVISION")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--side", type=int, metavar="PIXELS")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--do", nargs="+", choices=[*VERBS, "detail"], default=list(VERBS), metavar="VERB")
    parser.add_argument("--write", type=Path, metavar="FILE")
    parser.add_argument("--gate", type=Path, metavar="FILE")
    parser.add_argument("--slack", type=float, default=1.15, metavar="FACTOR")
    args = parser.parse_args()
    kept = json.loads(args.gate.read_text("utf-8")) if args.gate else {}
    against = args.against or kept.get("against", "HEAD")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        files = pictures(args.folder, args.every, args.side, scratch)
        trees = Tree(unpacked(against, scratch)), Tree(ROOT / "src")
        for path in files:  # what is read later is what the older tree writes
            trees[0].do("save", path, path.with_suffix(".trp"))
        found: dict[str, Any] = {}
        for verb in args.do:
            for tree in trees:
                tree.do(verb, files[0], files[0].with_suffix(".trp"))
            found[verb] = measure(trees, files, verb, args.rounds)
            print(f"{verb}: {found[verb]}", flush=True)
        for tree in trees:
            tree.end()
    worse = slower(found, kept.get("verbs", {}), args.slack)
    if args.write:
        commit = ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]
        head = subprocess.run(commit, capture_output=True, check=True, text=True).stdout.strip()
        record = {"against": against, "commit": head, "pictures": len(files), "side": args.side, "verbs": found}
        args.write.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    if worse:
        raise SystemExit(f"slower than what was kept, by more than {args.slack}: {', '.join(worse)}")


if __name__ == "__main__":
    main()
