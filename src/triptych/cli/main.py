"""The command line: one table of commands, each in its own module, loaded when it is called."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from .. import __version__
from ..errors import TriptychError

# command -> (module, one line of help)
COMMANDS = {
    "encode": ("encode", "pictures -> .trp files"),
    "decode": ("decode", ".trp files -> pictures"),
    "info": ("info", "what a file holds, layer by layer"),
    "edit": ("edit", "change the layers of files without decoding them"),
    "variants": ("variants", "a contact sheet of structures x colours x prompts"),
    "extract": ("extract", "write the layers as ordinary files (txt, png, svg, json)"),
    "verify": ("verify", "check that files are whole and readable"),
    "models": ("models", "list, download and delete the networks that decoders and detectors use"),
}

# Exit codes.
OK, FAILED, USAGE = 0, 1, 2


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 all well, 1 something failed, 2 wrong arguments."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        return _run(argv)
    except TriptychError as error:
        from .files import printable

        print(f"triptych: {printable(str(error))}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("triptych: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `triptych info ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="triptych",
        description="AI-generated pictures as layers that people can read and edit, in a few hundred bytes.",
        epilog="'triptych COMMAND --help' explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"triptych {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # Only the module of the command that is called is imported, so that --help is instant.
    called = argv[0] if argv and argv[0] in COMMANDS else None
    for name, (module, line) in COMMANDS.items():
        sub = commands.add_parser(name, help=line, description=line)
        if name == called:
            command = import_module(f".{module}", __package__)
            sub.formatter_class = argparse.RawDescriptionHelpFormatter
            sub.description = command.__doc__
            command.add_arguments(sub)
            sub.set_defaults(run=command.run)
    args = parser.parse_args(argv)
    return args.run(args)
