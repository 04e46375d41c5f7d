"""The command line: one table of commands, each in its own module, loaded when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from ..errors import TriptychError
from ..version import __version__
from .options import write_usage, wrong_usage
from .streams import hold_closed_streams

# command -> (module, one line of help)
COMMANDS = {
    "encode": ("encode", "pictures -> .trp files"),
    "decode": ("decode", ".trp files -> pictures"),
    "info": ("info", "what a file holds, layer by layer"),
    "edit": ("edit", "change the layers of files without decoding them"),
    "variants": ("variants", "a contact sheet of structures x colours x prompts"),
    "extract": ("extract", "write the layers as ordinary files (txt, png, svg, json)"),
    "batch": ("batch", "the same for a million files, on one machine or a cluster, and to be continued"),
    "bare": ("bare", "files <-> bare forms, for links and placeholders"),
    "packets": ("packets", "a file -> packets of which any subset gives a picture"),
    "assemble": ("assemble", "packets -> a file"),
    "verify": ("verify", "check that files are whole and readable"),
    "index": ("index", "index a folder of files, for find and gallery"),
    "find": ("find", "find pictures by their prompts, models, seeds and dates"),
    "gallery": ("gallery", "a page to look through a folder, that works from disk"),
    "bench": ("bench", "measure codecs on a folder of pictures: rate, quality and speed"),
    "report": ("report", "tables and a page from what bench measured"),
    "studio": ("studio", "see and edit files in the browser"),
    "validate-decoder": ("validate", "see whether a decoder works here, in a few minutes"),
    "models": ("models", "list, download and delete the networks that decoders and detectors use"),
}

# Exit codes; besides these, 128 + the number of the signal that told the program to end (130: Ctrl-C).
OK, FAILED, USAGE = 0, 1, 2

_COMPLETE = "_TRIPTYCH_COMPLETE"


class Commands(click.Group):
    """The commands of the table; only the module of the one that is called is imported, so that --help is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{COMMANDS[cmd_name][0]}", __package__).command
        return command

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_usage(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="AI-generated pictures as layers that people can read and edit, in a few hundred bytes.",
    epilog="'triptych COMMAND --help' explains a command. Completion of commands, options and file names: put "
    f'eval "$({_COMPLETE}=bash_source triptych)" into ~/.bashrc (zsh_source and fish_source for these shells).',
)
@click.version_option(__version__, message="triptych %(version)s")
def triptych() -> None:
    pass


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 all well, 1 something failed, 2 wrong arguments."""
    argv = sys.argv[1:] if argv is None else argv
    hold_closed_streams()
    for stream in (sys.stdout, sys.stderr):  # what the terminal has no character for is shown as an escape
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if instruction := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(triptych, {}, "triptych", _COMPLETE, instruction)
    try:
        with triptych.make_context("triptych", list(argv)) as ctx:
            return int(triptych.invoke(ctx) or OK)
    except TriptychError as error:
        from .output import printable, say

        say(f"triptych: {printable(str(error))}", sys.stderr)
        return FAILED
    except click.UsageError as error:
        wrong_usage(error)
    except click.exceptions.Exit as stop:  # --help and --version
        raise SystemExit(stop.exit_code) from None
    except (KeyboardInterrupt, click.Abort):
        print("triptych: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `triptych info ... | head`
        from .output import give_up_stdout

        give_up_stdout()
        return FAILED
    except OSError as error:  # of the help, onto a full disk, or of a file that nobody named
        from .output import give_up_stdout, say

        give_up_stdout()
        where = error.filename or "standard output: cannot be written"
        say(f"triptych: {where}: {error.strerror or error}", sys.stderr)
        return FAILED
