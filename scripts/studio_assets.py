"""Fetches the libraries of the studio's page again and compares them with what is committed; `--write` replaces it.

    python scripts/studio_assets.py [--write]

`src/triptych/studio/static/vendor/lock.json` names package, version, the hash of the package as npm publishes it, and
each file that is taken out of it with its hash. npm does the fetching, from the registry that it is configured for.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "src/triptych/studio/static/vendor"


def fetch(package: str, version: str, integrity: str, folder: Path) -> Path:
    """The package as npm publishes it, checked against its hash."""
    wanted = f"{package}@{version}"
    done = subprocess.run(["npm", "pack", wanted, "--json"], cwd=folder, check=True, capture_output=True, text=True)
    path = folder / json.loads(done.stdout)[0]["filename"]
    found = "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if found != integrity:
        raise SystemExit(f"{wanted} is not what it was: {found}, not {integrity}")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace what is committed")
    write = parser.parse_args().write
    differ = 0
    for package, entry in json.loads((VENDOR / "lock.json").read_text()).items():
        with tempfile.TemporaryDirectory() as folder:
            path = fetch(package, entry["version"], entry["integrity"], Path(folder))
            with tarfile.open(path) as archive:
                for name, (inside, digest) in entry["files"].items():
                    member = archive.extractfile(inside)
                    assert member is not None
                    data = member.read()
                    if hashlib.sha256(data).hexdigest() != digest:
                        raise SystemExit(f"{package}: {inside} has another hash than the lock says")
                    target = VENDOR / name
                    if write:
                        target.write_bytes(data)
                    same = target.is_file() and target.read_bytes() == data
                    differ += not same
                    print(f"{package} {entry['version']}: {name} {'is as published' if same else 'DIFFERS'}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
