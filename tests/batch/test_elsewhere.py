"""Results and sources elsewhere: an S3 server that runs here, and the readers that others read our shards with."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from batch.conftest import Here, draw, encode

import triptych
from triptych.batch import Decode, Plan, run

NEEDED = ("s3fs", "moto", "boto3", "flask")


def _missing(*packages: str) -> str:
    return ", ".join(name for name in packages if not find_spec(name))


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a bucket."""
    if missing := _missing(*NEEDED):
        pytest.skip(f"{missing}: not installed (extra test)")
    import boto3
    from moto.server import ThreadedMotoServer

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    environment = {"URL": f"http://127.0.0.1:{port}", "KEY": "x"}
    monkeypatch.setenv("AWS_ENDPOINT_URL", environment["URL"])
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, environment["KEY"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("s3").create_bucket(Bucket="bucket")
    yield "s3://bucket"
    server.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_s3_is_read_and_written(here: Here, s3: str, pictures: Path, tmp_path: Path) -> None:
    """From a bucket into shards in a bucket, from these into files; what is damaged there is found and repaired."""
    from triptych.batch.storage import system_of

    system = system_of(s3)
    system.put(f"{pictures}/", f"{s3}/in/", recursive=True)
    manifest = str(tmp_path / "run.sqlite")
    summary = encode(f"{s3}/in", f"{s3}/out", to="tar", shard_size=2, manifest=manifest, verify=True)
    assert summary.items == {"done": 5, "failed": 1, "todo": 0} and not summary.faults
    local = encode(str(pictures), tmp_path / "out", to="tar", shard_size=2)
    assert local.bytes_in == summary.bytes_in
    names = sorted(name.rpartition("/")[2] for name in system.ls(f"{s3}/out", refresh=True))
    assert names == ["shard-00000.tar", "shard-00001.tar", "shard-00002.tar"]
    # A text beside a picture is looked for on this machine only.
    assert system.cat(f"{s3}/out/shard-00002.tar") == (tmp_path / "out/shard-00002.tar").read_bytes()
    shards, other = f"{s3}/out/shard-*.tar", str(tmp_path / "2.sqlite")
    assert run(Plan(verb=Decode(decoder="sketch"), source=shards, target=f"{s3}/png", manifest=other)).well
    assert len(system.find(f"{s3}/png")) == 5
    system.pipe(f"{s3}/out/shard-00001.tar", b"damaged")
    again = {"to": "tar", "shard_size": 2, "manifest": manifest, "verify": True}
    assert len(encode(f"{s3}/in", f"{s3}/out", **again).faults) == 1
    assert not encode(f"{s3}/in", f"{s3}/out", **again).faults
    assert system.cat(f"{s3}/out/shard-00001.tar") == (tmp_path / "out/shard-00001.tar").read_bytes()
    with pytest.raises(triptych.InputError, match="not empty"):
        encode(f"{s3}/in", f"{s3}/out", manifest=str(tmp_path / "3.sqlite"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_others_read_what_we_write(here: Here, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`webdataset` reads our shards, `datasets` our tables with pictures in them; and we read theirs."""
    if missing := _missing("webdataset", "datasets"):
        pytest.skip(f"{missing}: not installed (extra test)")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import webdataset

    encode(str(pictures), tmp_path / "trp", to="tar")
    samples = list(webdataset.WebDataset(str(tmp_path / "trp/shard-00000.tar"), shardshuffle=False))
    assert len(samples) == 5 and samples[0]["__key__"] == "000000000" and samples[0]["txt"] == b"a yellow bar"
    assert triptych.Picture.from_bytes(samples[0]["trp"]).size == (64, 64)
    run(Plan(verb=Decode(decoder="sketch"), source=str(tmp_path / "trp"), target=str(tmp_path / "table"), to="parquet"))
    import datasets

    files = [str(tmp_path / "table/part-00000.parquet")]
    table = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(table.features["image"], datasets.Image) and len(table) == 5
    assert table[0]["image"].size == (64, 64) and table[0]["prompt"] == "a yellow bar"

    table.select_columns(["image", "prompt"]).to_parquet(str(tmp_path / "theirs/train.parquet"))
    with webdataset.TarWriter(str(tmp_path / "theirs/more.tar")) as writer:
        draw(tmp_path / "x.png", 3)
        writer.write({"__key__": "x", "png": (tmp_path / "x.png").read_bytes(), "txt": "a bar"})
    assert encode(str(tmp_path / "theirs"), tmp_path / "again").items == {"done": 6, "failed": 0, "todo": 0}
    assert triptych.Picture.open(tmp_path / "again/train/000000000.trp").prompt == "a yellow bar"
    assert triptych.Picture.open(tmp_path / "again/more/x.trp").prompt == "a bar"
