"""The steps of a pipeline reach whoever listens."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm

from triptych.codec.progress import heard, report
from triptych.decoders.diffusion.progress import tell_steps


class Pipeline:
    """As a pipeline of diffusers makes its progress bar."""

    def progress_bar(self, iterable: Any = None, total: int | None = None) -> Any:
        return tqdm(iterable, total=total, disable=True)


def test_steps_are_heard() -> None:
    """Each step with their number while somebody listens, and nothing breaks when nobody does."""
    pipeline, steps = Pipeline(), []
    tell_steps(pipeline)
    for listens in (True, False):
        with heard(lambda step, of: steps.append((step, of))), pipeline.progress_bar(total=3) as bar:
            for _ in range(3 if listens else 0):
                bar.update()
    report(1, 2)
    assert steps == [(1, 3), (2, 3), (3, 3)]
