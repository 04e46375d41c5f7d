"""Tables and a page from what 'triptych bench' measured.

Writes beside the results, or into the folder of -o:

  report.html     one page that needs nothing else: worst pictures, comparison, curves, delta rates, speed
  report.csv      a line a file, with all values
  report.md       means, medians, delta rates and what to be careful with
  codec-compare/  batches for codec-compare (batches.json lists them)

  triptych report results/
  triptych report results/ -o page/ --reference avif
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .options import Argument, Command, option
from .output import say


@click.command(cls=Command, help=__doc__)
@click.argument(
    "results", cls=Argument, metavar="DIR", type=click.Path(readable=False, path_type=Path), about="of results"
)
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="where the files go (default: to the results)",
)
@option("--reference", default="triptych", metavar="CODEC", help="compare the others with this one (default: triptych)")
@option(
    "--pictures", type=click.IntRange(0), default=8, metavar="N", help="show N pictures, the worst ones (default: 8)"
)
def command(**given: Any) -> int:
    return run(**given)


def run(results: Path, output: Path | None, reference: str, pictures: int) -> int:
    from ..bench.report.write import make_report
    from ..files import write_whole
    from .files import check_target

    folder = output or (results if results.is_dir() else results.parent)
    for name, content in make_report(results, reference=reference, pictures=pictures).items():
        check_target(folder / name, force=True)
        write_whole(folder / name, content)
        say(f"{folder / name}: {len(content):,} bytes")
    return 0
