"""Everything that `triptych report` writes, as files by their names."""

from __future__ import annotations

from pathlib import Path

from ..protocols import find_protocol, score
from ..results import PICTURES, read_results
from . import page, text
from .table import REFERENCE, Table, make_table

PAGE, CSV, MARKDOWN, COMPARE = "report.html", "report.csv", "report.md", "codec-compare"


def make_report(folder: Path, *, reference: str = REFERENCE, pictures: int = page.PICTURES) -> dict[str, bytes]:
    """The report of a folder of results: an HTML page, CSV, Markdown, and batches for codec-compare.

    Args:
        folder: of the results, or their file.
        reference: the codec that others are compared with.
        pictures: how many pictures the page shows, the worst ones; each takes about a megabyte.

    Returns:
        Names -> contents.

    Raises:
        InputError: there are no results, or nothing in them was measured.
    """
    table = make_table(read_results(folder), reference)
    kept = (folder if folder.is_dir() else folder.parent) / PICTURES
    files = {
        PAGE: page.as_page(table, kept if kept.is_dir() and pictures else None, pictures),
        CSV: text.as_csv(table),
        MARKDOWN: text.as_markdown(table) + _score(table),
    }
    files |= {f"{COMPARE}/{name}": batch for name, batch in text.as_codec_compare(table).items()}
    return {name: content.encode("utf-8") for name, content in files.items()}


def _score(table: Table) -> str:
    """The score of the protocol of the last run, if it has one, with the rate over all pixels."""
    name = table.results.runs[-1].get("protocol") if table.results.runs else None
    if not name or not find_protocol(name).score:
        return ""
    protocol = find_protocol(name)
    rows = []
    for codec in table.codecs:
        for budget in table.budgets:
            lines = [line for picture in table.pictures if (line := table.line(picture, codec, budget))]
            if len(lines) < len(table.pictures):
                rows.append([codec, budget, "-", f"only {len(lines)} of {len(table.pictures)} pictures"])
                continue
            rate = 8 * sum(line["bytes"] for line in lines) / sum(line["width"] * line["height"] for line in lines)
            known = {metric.name: table.grid(codec, budget, metric.name) for metric in table.metrics}
            found = score(protocol, {name: float(values.mean()) for name, values in known.items()})
            over = " (over the limit)" if rate > max(protocol.bpp) else ""
            rows.append(
                [
                    codec,
                    budget,
                    f"{rate:.5f} bpp{over}",
                    "absent: a metric is missing" if found is None else f"{found:.2f}",
                ]
            )
    return (
        f"\n## Score of {name}\n\n" + text.rows_as_markdown(["codec", "size", "over all pixels", "score"], rows) + "\n"
    )
