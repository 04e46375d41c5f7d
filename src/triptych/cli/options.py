"""What the commands are made of: click's parts with our way of showing help, and the options that commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from ..edit_table import read_names

F = TypeVar("F", bound=Callable[..., Any])

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # which is not generic before click 8.5


# --- click's parts ---------------------------------------------------------------------------------------------------


class Argument(click.Argument):
    """A positional argument with a line of help."""

    def __init__(self, declarations: Sequence[str], *, about: str = "", **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        self.about = about

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(ctx), self.about


class Option(click.Option):
    """An option that the help lists under a heading of its own."""

    def __init__(self, declarations: Sequence[str], *, section: str = "options", **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        self.section = section


class Command(click.Command):
    """A command whose help is its module's docstring as it stands, followed by its options under their headings.

    Attributes:
        usage: what follows the name of the command in the first line of its help; by default click's.
        exclusive: groups of options, by the names of their parameters, of which at most one may be given.
        greedy: options that take all values up to the next option: `-c a b c`.
    """

    def __init__(
        self,
        *arguments: Any,
        usage: str = "",
        exclusive: Sequence[Sequence[str]] = (),
        greedy: Sequence[str] = (),
        **attributes: Any,
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.usage = usage
        self.exclusive = exclusive
        self.greedy = greedy

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, _repeated(args, self.greedy) if self.greedy else args)
        for names in self.exclusive:
            given = [p.opts[-1] for p in self.params if p.name in names and ctx.params.get(p.name) is not None]
            if len(given) > 1:
                ctx.fail(f"{given[0]} is not allowed with {given[1]}; give one of them")
        return rest

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_usage(self, ctx, formatter, self.usage)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\n{(self.help or '').strip()}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            title = "arguments" if isinstance(param, click.Argument) else getattr(param, "section", "options")
            if record := param.get_help_record(ctx):
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def write_usage(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter, usage: str = "") -> None:
    """The first line of the help and of messages on wrong usage."""
    formatter.write_usage(ctx.command_path, usage or " ".join(command.collect_usage_pieces(ctx)), prefix="usage: ")


def _repeated(args: Sequence[str], greedy: Sequence[str]) -> list[str]:
    """`-c a b` as `-c a -c b`, for the options that may have several values."""
    found: list[str] = []
    option = ""
    count = 0
    for arg in args:
        if arg in greedy:
            option, count = arg, 0
        elif arg.startswith("-") and len(arg) > 1:
            option = ""
        elif option:
            count += 1
            found += [option] if count > 1 else []
        found.append(arg)
    return found


class Reads(_ParamType):
    """Values read by a function that raises ValueError.

    Attributes:
        name: what it is called in the help.
        read: text -> value.
        wanted: what a text must be, for the message: "'large' is not a size such as 640x512".
    """

    def __init__(self, name: str, read: Callable[[str], Any], wanted: str) -> None:
        self.name = name
        self.read = read
        self.wanted = wanted

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except ValueError:
            self.fail(f"{value!r} is not {self.wanted}", param, ctx)


# --- how values are read ---------------------------------------------------------------------------------------------


def _key_and_value(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise ValueError(text)
    return key.strip(), value.strip()


def _metric_file(text: str) -> tuple[str, Path]:
    name, sign, path = text.partition("=")
    if not sign or not path:
        raise ValueError(text)
    return name.strip(), Path(path)


def _colour(text: str) -> tuple[int, int, int]:
    from PIL import ImageColor

    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def _jobs(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number or os.cpu_count() or 1


def _decoder_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from ..codec.decode import decoder_names

    return [name for name in decoder_names() if name.startswith(incomplete)]


NAMES = Reads("A,B", read_names, "a list of layers")
KEY_VALUE = Reads("KEY=VALUE", _key_and_value, "KEY=VALUE, for example steps=8")
METRIC_FILE = Reads("NAME=FILE", _metric_file, "NAME=FILE, for example lpips_squeeze=metric.py")
COLOUR = Reads("COLOUR", _colour, "a colour; try white or #ffcc00")
JOBS = Reads("N", _jobs, "a number of jobs, 0 or more")


# --- options that commands share -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Common:
    """What every command that works on files is given.

    Attributes:
        inputs: files, folders, globs, or "-" for the standard input.
        recursive: look into the folders of folders.
        jobs: processes to use.
        json: print JSON objects.
        output: where results go; None: beside the inputs.
        force: overwrite files that exist.
        skip_existing: leave out inputs whose results exist.
        errors: a file (.jsonl) for a line of JSON for each input that failed.
    """

    inputs: tuple[str, ...] = ()
    recursive: bool = False
    jobs: int = 1
    json: bool = False
    output: str | None = None
    force: bool = False
    skip_existing: bool = False
    errors: str | None = None


def option(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    """`click.option` with `section=` for the heading it stands under."""
    return click.option(*declarations, cls=Option, **attributes)


def common(*, output: str | None = None) -> Callable[[F], F]:
    """The arguments of `Common`; `output` is the help of -o, None for commands that write no files."""
    parts: list[Callable[[F], F]] = [
        click.argument(
            "inputs",
            cls=Argument,
            nargs=-1,
            required=True,
            metavar="INPUT ...",
            type=click.Path(readable=False),
            about="files, folders or globs; - is the standard input",
        ),
        option("-r", "--recursive", is_flag=True, help="look into the folders of folders, too"),
    ]
    if output:
        parts += [
            option("-o", "--output", metavar="PATH", type=click.Path(readable=False), help=output),
            option("-f", "--force", is_flag=True, help="overwrite files that exist"),
            option("--skip-existing", is_flag=True, help="leave out inputs whose results exist (exit code 0)"),
        ]
    parts += [
        option("-j", "--jobs", type=JOBS, default="1", metavar="N", help="work on N files at once (0: one per core)"),
        option("--json", is_flag=True, help="print one JSON object per file, for machines"),
        option(
            "--errors",
            metavar="FILE.jsonl",
            type=click.Path(readable=False),
            help="write a JSON object for each file that failed, one per line",
        ),
    ]
    return stacked(parts)


def decoder_options(
    section: str = "options", about: str = "which decoder paints: a name or a preset file"
) -> Callable[[F], F]:
    """--decoder and -O."""
    return stacked(
        [
            option("--decoder", metavar="NAME", section=section, help=about, shell_complete=_decoder_names),
            option(
                "-O",
                "--option",
                "options",
                multiple=True,
                type=KEY_VALUE,
                metavar="KEY=VALUE",
                section=section,
                help="an option of the decoder; may be given several times",
            ),
        ]
    )


def layers_option(about: str, section: str = "options") -> Callable[[F], F]:
    """--layers."""
    return option("--layers", type=NAMES, metavar="A,B", section=section, help=about)


def stacked(parts: Sequence[Callable[[F], F]]) -> Callable[[F], F]:
    """Several decorators as one, in the order in which the help shows them."""

    def decorate(function: F) -> F:
        for part in reversed(parts):
            function = part(function)
        return function

    return decorate


def wrong_usage(error: click.UsageError) -> NoReturn:
    """Show how a command is meant and what is wrong, on the error stream; ends with exit code 2."""
    from .files import printable

    path = error.ctx.command_path if error.ctx else "triptych"
    if error.ctx:
        click.echo(error.ctx.get_usage(), err=True)
    click.echo(f"{path}: error: {printable(error.format_message())}", err=True)
    raise SystemExit(2)
