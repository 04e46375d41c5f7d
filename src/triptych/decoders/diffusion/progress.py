"""The steps of a pipeline, told to whoever waits for the picture."""

from __future__ import annotations

from typing import Any

from ...codec.progress import report


def tell_steps(pipeline: Any) -> None:
    """Have every step of a pipeline reported. All pipelines have a progress bar, but not all a callback."""
    shown = pipeline.progress_bar

    def progress_bar(iterable: Any = None, total: int | None = None) -> Any:
        bar = shown(iterable, total=total)
        update, done = bar.update, 0

        def counted(n: int = 1) -> Any:
            nonlocal done
            done += n
            report(done, bar.total or done)
            return update(n)

        bar.update = counted
        return bar

    pipeline.progress_bar = progress_bar
