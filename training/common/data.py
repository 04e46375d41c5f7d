"""Hashes of training data, so that a card says what a network has seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def data_hash(paths: Iterable[Path]) -> str:
    """SHA-256 of the names and contents of files, and of all files in folders, in the order of their names.

    Of folders with an index.csv only that file is read, and the sizes of the pictures that stand beside it.
    """
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        if path.is_dir():
            index = path / "index.csv"
            names = sorted(file for file in path.rglob("*") if file.is_file())
            for file in names:
                digest.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode())
                if file == index or not index.exists():
                    _add(digest, file)
        else:
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
            _add(digest, path)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, path: Path) -> None:
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
