"""Batches: `python benchmarks/batch.py resume|memory|overhead|scaling [--pictures N] [--json FILE]`.

    resume     a run that is killed (SIGKILL) five times and goes on, against one that is not: are the files the same?
    memory     resident memory of the run and of its workers, while it encodes a generator's pictures into shards
    overhead   what each engine takes for an item beside the work itself (`--engines local,ray`)
    scaling    pictures of 512 x 512 a second by one process and by two, in turns

Pictures are drawn by `pictures` below; all but those of `scaling` are tiny (64 pixels, only the colours are kept), so
that the time of the engine is not hidden. Each result says how busy the machine was beside (load, processors).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

TINY = ["--layers", "texture", "--colour-grid", "2", "--recipe", "none"]


def pictures(folder: Path, count: int, side: int) -> None:
    """`count` PNG files, a thousand in a folder, each another one: a soft ground with discs and bars."""
    rng = np.random.default_rng(1)
    for number in range(count):
        path = folder / f"{number // 1000:03d}/{number:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        ground = Image.fromarray(rng.integers(0, 256, (3, 3, 3), np.uint8)).resize(
            (side, side), Image.Resampling.BICUBIC
        )
        pen = ImageDraw.Draw(ground)
        for _ in range(max(2, side // 40)):
            x, y, r = (int(v) for v in rng.integers(0, side, 3) * (1, 1, 0.3))
            colour = tuple(int(v) for v in rng.integers(0, 256, 3))
            (pen.ellipse if number % 2 else pen.rectangle)((x - r, y - r, x + r, y + r), fill=colour)
        ground.save(path, compress_level=1)


def command(source: Path, target: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "triptych", "batch", "encode", str(source), str(target), "--json", *more]


def summary_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    if not done.stdout:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run(*arguments: Any) -> dict[str, Any]:
    return summary_of(subprocess.run(command(*arguments), capture_output=True, text=True, check=False))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.trp")}


def resume(count: int, folder: Path) -> dict[str, Any]:
    import sqlite3

    pictures(folder / "in", count, 64)
    whole = run(folder / "in", folder / "whole", *TINY)
    kills = []
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        process = subprocess.Popen(command(folder / "in", folder / "out", *TINY), stdout=subprocess.DEVNULL)
        while process.poll() is None and sum(1 for _ in (folder / "out").rglob("*.trp")) < share * count:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(5)  # the workers see that they are alone
        with contextlib.closing(sqlite3.connect(folder / "out/manifest.sqlite")) as manifest:
            noted = manifest.execute("SELECT count(*) FROM items WHERE state = 2").fetchone()[0]
        kills.append({"files": len(files(folder / "out")), "noted": noted})
    last = run(folder / "in", folder / "out", *TINY, "--verify")
    same = files(folder / "whole") == files(folder / "out")
    left = [path.name for path in (folder / "out").rglob("*") if path.is_file() and path.suffix != ".trp"]
    return {
        "pictures": count, "kills": kills, "identical": same, "items": last["items"], "last_run": last["this_run"],
        "undisturbed": whole["this_run"], "faults": last["faults"], "other_files": sorted(left),
    }  # fmt: skip


def resident(process: int) -> int:
    """Bytes that a process holds for itself alone, 0 if it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def children(process: int) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def memory(count: int, folder: Path) -> dict[str, Any]:
    pictures(folder / "in", count, 64)
    process = subprocess.Popen(
        command(folder / "in", folder / "out", *TINY, "--to", "tar", "--shard-size", "1000"),
        stdout=subprocess.PIPE,
        text=True,
    )
    samples: list[tuple[int, int, int]] = []

    def watch() -> None:
        while process.poll() is None:
            workers = [resident(child) for child in children(process.pid)]
            shards = sum(1 for _ in (folder / "out").glob("*.tar"))
            samples.append((shards, resident(process.pid), max(workers, default=0)))
            time.sleep(0.5)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _ = process.communicate()
    watcher.join()
    found = json.loads(out)
    by_shard: dict[int, list[tuple[int, int, int]]] = {}
    for sample in samples:
        by_shard.setdefault(sample[0], []).append(sample)
    return {
        "pictures": count, "items": found["items"], "this_run": found["this_run"],
        "mean_seconds": found["seconds"]["mean"],
        "megabytes_by_thousand": [
            {"after": shard * 1000, "run": round(max(s[1] for s in some) / 1e6, 1),
             "largest_worker": round(max(s[2] for s in some) / 1e6, 1)}
            for shard, some in sorted(by_shard.items())
        ],
        "manifest_bytes_an_item": round((folder / "out/manifest.sqlite").stat().st_size / count, 1),
    }  # fmt: skip


def overhead(count: int, folder: Path, engines: str) -> dict[str, Any]:
    """In seconds of processors, so that it does not matter what else the machine does; by the slope of `count` items
    and a quarter of it, so that starting (of processes, of Ray) is left out. The first run of each engine is not
    counted: Ray keeps what it starts."""
    from triptych.batch import Encode, Plan
    from triptych.batch import run as run_here
    from triptych.batch.sources import Source
    from triptych.batch.work import Task, do

    verb = Encode(options={"layers": ["texture"], "colour_grid": 2, "recipe": "none"})
    found: dict[str, Any] = {"pictures": count}
    sizes = {"few": count // 4, "many": count}
    for name, size in sizes.items():
        pictures(folder / name, size, 64)
    items = list(Source(str(folder / "many"), verb.endings))
    do(verb, [Task(0, items[0], None)])
    start = time.process_time()
    for number, item in enumerate(items):
        do(verb, [Task(number, item, None)])
    found["work_alone"] = work = round((time.process_time() - start) / count * 1000, 2)
    for engine in engines.split(","):
        used: dict[str, tuple[float, float]] = {}
        for name, folder_of in (("few", "first"), ("few", "few"), ("many", "many")):
            before = time.process_time(), others()
            target = str(folder / f"{engine}-{folder_of}")
            run_here(Plan(verb=verb, source=str(folder / name), target=target, engine=engine, jobs=1, to="tar"))
            used[name] = time.process_time() - before[0], others() - before[1]
        main, rest = ((used["many"][i] - used["few"][i]) / (count - count // 4) * 1000 for i in (0, 1))
        found[engine] = {"run": round(main, 2), "others": round(rest, 2), "overhead": round(main + rest - work, 2)}
    return {**found, "unit": "milliseconds of a processor, an item"}


def others() -> float:
    """Seconds of processors that the other processes took which were started here, ended ones included."""
    import psutil

    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = ended.ru_utime + ended.ru_stime
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:2])
    return total


def scaling(count: int, folder: Path) -> dict[str, Any]:
    pictures(folder / "in", count, 512)
    rates: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(3):
        for processes in rates:
            got = run(folder / "in", folder / f"out{turn}-{processes}", "-j", str(processes))
            rates[processes].append(count / got["this_run"]["seconds"])
    middle = {processes: median(found) for processes, found in rates.items()}
    return {
        "pictures": count, "a_second": {name: [round(rate, 3) for rate in found] for name, found in rates.items()},
        "factor": round(middle[2] / middle[1], 3),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["resume", "memory", "overhead", "scaling"])
    parser.add_argument("--pictures", type=int, help="default: 2000, 10000, 1000, 24")
    parser.add_argument("--engines", default="local,ray")
    parser.add_argument("--json", type=Path, help="a file in which the result is put, beside those of the others")
    args = parser.parse_args()
    count = args.pictures or {"resume": 2000, "memory": 10_000, "overhead": 1000, "scaling": 24}[args.what]
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        more = (args.engines,) if args.what == "overhead" else ()
        before = os.getloadavg()[0]
        found = {"resume": resume, "memory": memory, "overhead": overhead, "scaling": scaling}[args.what](
            count, where, *more
        )
    found["load_before_and_after"] = [round(before, 1), round(os.getloadavg()[0], 1)]
    found["processors"] = os.cpu_count()
    print(json.dumps(found, indent=1))
    if args.json:
        all_results = json.loads(args.json.read_text()) if args.json.exists() else {}
        args.json.write_text(json.dumps({**all_results, args.what: found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
