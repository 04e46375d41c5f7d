"""Pin the models in presets.toml and models.toml to the commits that their repositories have now.

    pip install 'triptych[hub]'
    python scripts/pin_revisions.py            # says what would change
    python scripts/pin_revisions.py --write    # changes the tables

A pinned commit is what was reviewed; a branch may change under a user's feet. Review what changed on a model's page
before you commit the result.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src/triptych"
TABLES = (SOURCE / "decoders/diffusion/presets.toml", SOURCE / "analysis/detectors/models.toml")


def latest(repo: str) -> str:
    """The commit, 40 hex digits, that a repository's main branch has on the hub."""
    from huggingface_hub import HfApi

    commit = HfApi().model_info(repo).sha
    if not commit:
        raise SystemExit(f"{repo}: the hub names no commit")
    return commit


def pinned(text: str, commit_of: Callable[[str], str]) -> str:
    """The text of a table with the commit of every repository that its models name."""
    models = [model for table in tomllib.loads(text).values() for model in table.values() if "repo" in model]
    commits = {repo: commit_of(repo) for repo in dict.fromkeys(model["repo"] for model in models)}

    def replaced(match: re.Match[str]) -> str:
        return f'{match[1]}revision = "{commits[match[2]]}"\n'

    return re.sub(r'^(repo = "([^"\n]+)"\n)(?:revision = "[^"\n]*"\n)?', replaced, text, flags=re.MULTILINE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="change the tables")
    write = parser.parse_args().write
    for path in TABLES:
        text = path.read_text("utf-8")
        new = pinned(text, latest)
        for before, after in zip(text.splitlines(), new.splitlines(), strict=False):
            if before != after:
                print(f"{path.name}: {before} -> {after}")
        if write and new != text:
            path.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
