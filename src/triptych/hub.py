"""The weights of models on disk: found in the cache of the Hugging Face hub, fetched if they are not there.

The cache is the hub's own, shared with every other program that uses it: the folder that `HF_HUB_CACHE` names,
else `hub` in `HF_HOME`. Its layout (https://huggingface.co/docs/huggingface_hub/guides/manage-cache) is read here
directly, so a copy that is there is found without the network and without asking whether there is a newer one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from errno import ENOSPC
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from .errors import MissingExtraError, ModelError

LOCAL = "local"  # the revision of what was given as a path
_ENDINGS = (".safetensors", ".ckpt", ".onnx", ".bin", ".pt", ".pth", ".json")
# What is fetched of a repository of which nothing more is known: settings, tokenizers and safe weights.
_SMALL = ("*.json", "*.txt", "*.model")
_WEIGHTS = "*.safetensors"


@dataclass(frozen=True)
class Model:
    """A model on the hub, or the part of one that is needed.

    Attributes:
        name: what `triptych models pull` calls it.
        repo: "owner/name" on the Hugging Face hub.
        revision: a branch, a tag or a commit.
        files: patterns of the files that are needed, for example ("*.json", "unet/*.fp16.safetensors"); `*` also
            matches folders, as in `huggingface_hub.snapshot_download`. Empty: what `_choose` takes.
        megabytes: size of the download, about; 0 if it is not known.
        licence: its name.
        gated: the licence must be accepted on the hub before it can be downloaded.
        part: the file or folder inside that is meant; empty for the whole.
    """

    name: str
    repo: str
    revision: str = "main"
    files: tuple[str, ...] = ()
    megabytes: int = 0
    licence: str = "see its page"
    gated: bool = False
    part: str = ""

    @property
    def page(self) -> str:
        return f"https://huggingface.co/{self.repo}"


@dataclass(frozen=True)
class Copy:
    """A model in the cache.

    Attributes:
        path: the folder with its files.
        commit: the revision they are of, as the hub numbers it.
        bytes: on disk, of the files that are needed.
    """

    path: Path
    commit: str
    bytes: int


def locate(model: Model | str, *, revision: str | None = None) -> tuple[Path, str]:
    """(the folder or file with the weights, the revision they are of); downloads what is not there.

    Args:
        model: a `Model`; or the path of a folder or file, which is taken as it is; or a hub id, "owner/name" or
            "owner/name/path/of/a/part".
        revision: another one than the model's.

    Returns:
        The path, of the part if `model` has one, and the commit, or "local" for a path.

    Raises:
        ModelError: there is no such path or model, it is not there and cannot be fetched (no network, offline,
            gated, no space), or the copy is broken.
        MissingExtraError: it must be fetched and `huggingface_hub` is not installed.
    """
    if isinstance(model, str):
        path = Path(model).expanduser()
        if path.exists():
            return path, LOCAL
        model = from_text(model)
    if revision:
        model = replace(model, revision=revision)
    found = find(model)
    copy = found if found and not _interrupted(model, found.path) else _fetch(model, found)
    return copy.path / model.part, copy.commit


def from_text(text: str) -> Model:
    """The model behind a hub id, "owner/name" or "owner/name/path/of/a/part".

    Raises:
        ModelError: it cannot be one; most likely it is a path that does not exist.
    """
    parts = text.split("/")
    looks_local = text.startswith((".", "/", "~")) or "\\" in text or len(parts) < 2 or not all(parts)
    if looks_local or (len(parts) == 2 and parts[1].endswith(_ENDINGS)):
        raise ModelError(f"{text}: there is no such file or folder; give a path that exists, or a hub id: owner/name")
    part = "/".join(parts[2:])
    # The pattern also takes in what belongs to a file: "model.onnx.data" to "model.onnx".
    return Model(text, "/".join(parts[:2]), files=(f"{part}*",) if part else (), part=part)


def cache_folder() -> Path:
    """The folder that the hub's copies are in."""
    return Path(_constants().HF_HUB_CACHE)


def is_offline() -> bool:
    """Whether `HF_HUB_OFFLINE` forbids the network."""
    return bool(_constants().HF_HUB_OFFLINE)


def find(model: Model) -> Copy | None:
    """The copy in the cache, or None if a file is missing; never uses the network."""
    folder = _folder(model)
    reference = folder / "refs" / model.revision
    commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else model.revision
    snapshot = folder / "snapshots" / commit
    names = _matching(model, snapshot)
    if not all(any(fnmatch(name, pattern) for name in names) for pattern in model.files or (_WEIGHTS,)):
        return None
    return Copy(snapshot, commit, sum(path.stat().st_size for path in names.values()))


def on_disk(model: Model, keep: Iterable[Model] = ()) -> int:
    """Bytes that `remove` would free: of all revisions, and of what is there of a broken download."""
    return sum(path.lstat().st_size for path in _own_files(model, keep) if not path.is_symlink())


def remove(model: Model, keep: Iterable[Model] = ()) -> int:
    """Take a model's files, of all revisions, out of the cache; returns the bytes that this frees.

    Args:
        keep: models whose files stay, where they are the same.

    Raises:
        ModelError: there are none, or they cannot be removed.
    """
    files = _own_files(model, keep)
    if not files:
        raise ModelError(f"{model.name} is not on this disk; there is nothing to remove")
    freed = on_disk(model, keep)
    folder = _folder(model)
    try:
        for path in files:
            path.unlink()
        if not any(path.is_file() for path in (folder / "snapshots").rglob("*")):
            freed += sum(path.stat().st_size for path in (folder / "blobs").glob("*"))
            shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be removed: {error.strerror or error}") from error
    return freed


# --- parts ---------------------------------------------------------------------------------------------------


def _constants() -> Any:
    try:
        from huggingface_hub import constants
    except ImportError as error:
        raise MissingExtraError("the hub of models", "hub") from error
    return constants


def _folder(model: Model) -> Path:
    return cache_folder() / f"models--{model.repo.replace('/', '--')}"


def _matching(model: Model, snapshot: Path) -> dict[str, Path]:
    """Name -> path of a model's files in one snapshot of its repository; whole files only."""
    names = {path.relative_to(snapshot).as_posix(): path for path in snapshot.rglob("*") if path.is_file()}
    patterns = model.files or ("*",)
    return {name: path for name, path in names.items() if any(fnmatch(name, pattern) for pattern in patterns)}


def _own_files(model: Model, keep: Iterable[Model]) -> list[Path]:
    """The links in a repository's snapshots that are a model's alone, and the files that only these lead to.

    Where the system has no links, the snapshots hold the files themselves.
    """
    own: set[Path] = set()
    targets: set[Path] = set()
    for snapshot in (_folder(model) / "snapshots").glob("*"):
        kept = {path for other in keep if other.repo == model.repo for path in _matching(other, snapshot).values()}
        found = set(_matching(model, snapshot).values()) - kept
        own |= found
        others = (path for path in snapshot.rglob("*") if path.is_file() and path not in found)
        targets |= {path.resolve() for path in others}
    blobs = {path.resolve() for path in own if path.is_symlink()} - targets
    return sorted(own | blobs)


def _interrupted(model: Model, snapshot: Path) -> bool:
    """Whether the last thing that happened to a copy is a download that was broken off, or is still going on."""
    parts = (_folder(model) / "blobs").glob("*.incomplete")
    last = max((path.lstat().st_mtime for path in snapshot.rglob("*")), default=0.0)
    return any(path.stat().st_mtime > last for path in parts)


def _fetch(model: Model, found: Copy | None) -> Copy:
    """The copy after a download; without the network `found`, of which a part may be missing."""
    constants = _constants()
    remedy = f"with a network, run: triptych models pull {model.name}"
    if constants.HF_HUB_OFFLINE:
        if found:
            return found
        raise ModelError(f"{model.name} is not on this disk, and HF_HUB_OFFLINE is set; unset it, and {remedy}")
    from huggingface_hub import HfApi, errors, snapshot_download

    reached = False
    try:
        # Asked first because it gives up at once if there is no network, where a download would try for long.
        listed = HfApi().model_info(model.repo, revision=model.revision, timeout=30).siblings or []
        reached = True
        names = list(model.files) or _choose(sibling.rfilename for sibling in listed)
        snapshot_download(model.repo, revision=model.revision, allow_patterns=names)
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{model.name} may be downloaded only once its licence is accepted: do that at {model.page}, "
            "then run: hf auth login"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"{model.name}: there is no model {model.repo} on the hub, or it is private; check the name, or "
            "run: hf auth login"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{model.name}: {model.repo} has no revision {model.revision!r}; see {model.page}") from error
    except errors.HFValidationError as error:
        raise ModelError(f"{model.name}: is neither a path that exists nor a hub id such as owner/name") from error
    except Exception as error:  # the library's transport changes with its version, and so do its errors
        if isinstance(error, OSError) and error.errno == ENOSPC:
            raise ModelError(
                f"{model.name}: {constants.HF_HUB_CACHE} has no room for it; see triptych models list and "
                "triptych models remove, or set HF_HOME to a larger disk"
            ) from error
        if found:
            return found
        if not reached and not isinstance(error, errors.HfHubHTTPError):
            raise ModelError(f"{model.name} is not on this disk, and the hub cannot be reached; {remedy}") from error
        first = (str(error).strip().splitlines() or [""])[0]
        raise ModelError(f"{model.name}: the download failed ({type(error).__name__}: {first}); {remedy}") from error
    copy = find(model)
    if copy is None:
        wanted = ", ".join(model.files) or _WEIGHTS
        raise ModelError(f"{model.name}: {model.repo} has no files {wanted} at {model.revision}; see {model.page}")
    return copy


def _choose(names: Iterable[str]) -> list[str]:
    """Which files of a repository are fetched if nobody said: each weight once.

    Repositories of pipelines often hold the same weights again as one large file, in half precision and as they
    were without averaging; those are passed over where the plain ones are there.
    """
    names = list(names)
    weights = [name for name in names if fnmatch(name, _WEIGHTS)]
    if "model_index.json" in names:
        weights = [name for name in weights if "/" in name]
    plain = [name for name in weights if not any(mark in name for mark in (".fp16.", ".bf16.", ".non_ema."))]
    folders = set(map(os.path.dirname, plain))
    kept = [name for name in weights if name in plain or os.path.dirname(name) not in folders]
    return [name for name in names if any(fnmatch(name, pattern) for pattern in _SMALL)] + kept
