"""What the training scripts share: splits, the loop, cards."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import itertools
import json
import sys
import threading
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/triptych"
SHIPPED = sorted(path for ending in ("*.onnx", "*.npz", "*.bin") for path in PACKAGE.rglob(ending))
TRAINED = [*SHIPPED, ROOT / "training/miniature/words.npz"]
SCRIPTS = sorted(
    path
    for path in (ROOT / "training").glob("*/*.py")
    if path.parent.name != "common" and "add_argument(" in path.read_text("utf-8")
)


def _common(name: str) -> ModuleType:
    sys.path.insert(0, str(ROOT / "training"))
    try:
        return importlib.import_module(f"common.{name}")
    finally:
        sys.path.remove(str(ROOT / "training"))


@pytest.mark.parametrize("path", TRAINED, ids=lambda path: path.name)
def test_everything_that_was_trained_has_a_card_that_names_these_bytes(path: Path) -> None:
    """Each of them has a card with every field, and the hash of what it describes."""
    card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert list(card)[: len(_common("card").FIELDS)] == list(_common("card").FIELDS)
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (ROOT / card["made_by"]).is_file()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_script_stops_by_the_clock_or_has_a_split_of_its_own(path: Path) -> None:
    """Training runs for a number of steps, and only `common` says which sources are measured on."""
    text = path.read_text("utf-8")
    assert "--minutes" not in text and "DEV_SOURCES =" not in text and "spec_from_file_location" not in text


def test_pictures_for_validation_are_refused(tmp_path: Path) -> None:
    """A folder that is called val, or lies in one, is not read."""
    splits = _common("splits")
    (tmp_path / "val").mkdir()
    (tmp_path / "val/index.csv").write_text("file,source\na.png,ours\n")
    (tmp_path / "train").mkdir()
    (tmp_path / "train/index.csv").write_text("file,source\na.png,ours\n")
    assert splits.read_index(tmp_path / "train") == [{"file": "a.png", "source": "ours"}]
    with pytest.raises(SystemExit, match="validation"):
        splits.read_index(tmp_path / "val")


def test_lines_are_split_the_same_way_every_time() -> None:
    """One text in a hundred is measured on; the split does not depend on the run."""
    lines = [f"line {n}" for n in range(1000)]
    train, dev = _common("splits").split_lines(lines)
    assert len(dev) == 10 and sorted(train + dev) == sorted(lines)
    assert (train, dev) == _common("splits").split_lines(lines)


def test_a_run_takes_its_steps_and_its_rate_ends_at_nothing() -> None:
    """Steps are numbered to the end, also from where a run was cut; the last one is measured and saved."""
    loop = _common("loop")
    steps = list(loop.run(120, every=50))
    assert [step.number for step in steps if step.due] == [50, 100, 120]
    assert list(loop.run(120, every=50, first=100)) == steps[100:]
    rates = [loop.cosine(step) for step in steps]
    assert rates[0] == 0 and max(rates) > 0.6 and rates[-1] < 0.001


def test_a_seed_repeats_what_is_drawn() -> None:
    """PyTorch and the generator that is returned give the same numbers for the same seed."""
    loop = _common("loop")
    drawn = [(loop.seeded(seed).random(3), torch.rand(3)) for seed in (5, 5, 6)]
    assert np.array_equal(drawn[0][0], drawn[1][0]) and torch.equal(drawn[0][1], drawn[1][1])
    assert not torch.equal(drawn[0][1], drawn[2][1])
    parser = argparse.ArgumentParser()
    loop.add_arguments(parser, steps=70)
    assert vars(parser.parse_args([])) == {"steps": 70, "seed": 1}


def test_batches_are_made_ahead_in_their_order_until_nobody_wants_more() -> None:
    """What is made in the thread arrives as it was made; closing ends the thread."""
    made = itertools.count()
    source = _common("feed").made_ahead(lambda: next(made))
    before = threading.active_count()
    assert [next(source) for _ in range(6)] == [0, 1, 2, 3, 4, 5]
    assert threading.active_count() == before + 1
    source.close()
    assert threading.active_count() == before


def test_an_average_follows_what_is_trained() -> None:
    """It moves by its part; what is not trained stays."""
    ours, theirs = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    for network, value in ((ours, 0.0), (theirs, 1.0)):
        for parameter in network.parameters():
            torch.nn.init.constant_(parameter, value)
    theirs.bias.requires_grad_(False)
    _common("loop").follow(ours, theirs, 0.9, step=1000)
    assert ours.weight.item() == pytest.approx(0.1) and ours.bias.item() == 0


def test_a_record_keeps_what_was_learned_and_measured(tmp_path: Path) -> None:
    """A row has the figures and the mean losses since the last row; a checkpoint comes back."""
    record = _common("record").Record(tmp_path / "run")
    for loss in (1.0, 2.0):
        record.count({"loss": loss})
    record.write(2, 0.5)
    record.count({"loss": 4.0})
    record.write(3, 0.4)
    record.save({"step": 3})
    assert (tmp_path / "run/log.csv").read_text().splitlines() == ["2,0.5,{'loss': 1.5}", "3,0.4,{'loss': 4.0}"]
    assert record.load() == {"step": 3}


def test_a_hash_of_data_follows_names_and_contents(tmp_path: Path) -> None:
    """The same files have the same hash; another byte or another name gives another."""
    data_hash = _common("data").data_hash
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one.npz").write_bytes(b"1")
    first = data_hash([tmp_path / "a"])
    assert data_hash([tmp_path / "a"]) == first
    (tmp_path / "a/one.npz").write_bytes(b"2")
    second = data_hash([tmp_path / "a"])
    (tmp_path / "a/one.npz").rename(tmp_path / "a/two.npz")
    assert len({first, second, data_hash([tmp_path / "a"])}) == 3


def test_a_card_says_how_to_make_the_same_again(tmp_path: Path) -> None:
    """It has the fields in their order, and comes back from its file."""
    card = _common("card")
    made = card.make_card(
        b"weights", steps=5, seed=2, data="two pictures", data_sha256="0" * 64, figures={"LPIPS": 0.3}
    )
    card.write_card(tmp_path / "some.json", made)
    assert json.loads((tmp_path / "some.json").read_text("utf-8")) == made
    assert tuple(made) == card.FIELDS and made["sha256"] == hashlib.sha256(b"weights").hexdigest()


def test_a_metric_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file without a module LPIPS ends the program with what is missing."""
    (tmp_path / "metric.py").write_text("x = 1\n")
    with pytest.raises(SystemExit, match="LPIPS"):
        _common("metric").load_metric(tmp_path / "metric.py")
    with pytest.raises(SystemExit, match="Python file"):
        _common("metric").load_metric(tmp_path / "missing.py")
