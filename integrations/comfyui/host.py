"""What the nodes ask of ComfyUI, and what answers where it does not run (in tests and scripts).

ComfyUI's own modules are imported when they are needed, never before. The functions of `Folders` are those of its
module `folder_paths`, by the same names.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Protocol


class Folders(Protocol):
    """The part of ComfyUI's `folder_paths` that the nodes use."""

    def get_input_directory(self) -> str: ...

    def get_output_directory(self) -> str: ...

    def get_temp_directory(self) -> str: ...

    def get_annotated_filepath(self, name: str) -> str: ...

    def get_save_image_path(
        self, filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
    ) -> tuple[str, str, int, str, str]: ...


class OwnFolders:
    """`input` and `output` of the working directory, and a folder among the system's temporary files."""

    def get_input_directory(self) -> str:
        return str(Path.cwd() / "input")

    def get_output_directory(self) -> str:
        return str(Path.cwd() / "output")

    def get_temp_directory(self) -> str:
        return str(Path(tempfile.gettempdir()) / "triptych-nodes")

    def get_annotated_filepath(self, name: str) -> str:
        """The path of "NAME", "NAME [input]", "NAME [output]" or "NAME [temp]"."""
        found = re.fullmatch(r"(.*?) ?\[(input|output|temp)\]", name)
        if not found:
            return os.path.join(self.get_input_directory(), name)
        folder: str = getattr(self, f"get_{found[2]}_directory")()
        return os.path.join(folder, found[1])

    def get_save_image_path(
        self, filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
    ) -> tuple[str, str, int, str, str]:
        """(folder, name, the next free number, subfolder, prefix); the folder is made."""
        prefix = filename_prefix.replace("%width%", str(image_width)).replace("%height%", str(image_height))
        subfolder, name = os.path.split(os.path.normpath(prefix))
        folder = os.path.join(output_dir, subfolder)
        if not is_inside(folder, output_dir):
            raise ValueError(f"{filename_prefix!r} is outside the output folder")
        os.makedirs(folder, exist_ok=True)
        numbered = re.compile(re.escape(name) + r"_(\d+)_")
        taken = [int(found[1]) for entry in os.listdir(folder) if (found := numbered.match(entry))]
        return folder, name, max(taken, default=0) + 1, subfolder, prefix


def find_folders() -> Folders:
    """ComfyUI's folders, or our own where it does not run."""
    try:
        import folder_paths
    except ImportError:
        return OwnFolders()
    return folder_paths


def is_inside(path: str, folder: str) -> bool:
    """Whether a path lies in a folder; links are not followed, because people link their folders elsewhere."""
    root = os.path.abspath(folder)
    try:
        return os.path.commonpath((root, os.path.abspath(path))) == root
    except ValueError:  # another drive
        return False


def metadata_is_off() -> bool:
    """Whether ComfyUI was started with `--disable-metadata`: then nothing of the graph may be stored."""
    try:
        from comfy.cli_args import args
    except ImportError:
        return False
    return bool(args.disable_metadata)


def show_text(text: str, node: str | None) -> None:
    """A line under a node, in versions of ComfyUI that can show one."""
    if node is None:
        return
    try:
        from server import PromptServer

        PromptServer.instance.send_progress_text(text, node)
    except (ImportError, AttributeError):
        return
