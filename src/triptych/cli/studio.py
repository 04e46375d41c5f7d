"""See and edit the layers of files in the browser.

Opens a page on this computer, where pictures and .trp files can be dropped, painted, compared and edited; the same can
be asked for by HTTP (/api/openapi.json). Nothing leaves this computer: --host lets others in, which needs a --token.

  triptych studio
  triptych studio harbour.trp
  triptych studio small/ --port 9000 --decoder sd15
"""

from __future__ import annotations

import ipaddress
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..errors import InputError, MissingExtraError
from .options import Argument, Command, decoder_options, option
from .output import say

PORT = 8600
LEAST_TOKEN = 12  # characters


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What `triptych studio` is given; see its help."""

    path: str | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    token: str | None = None
    browser: bool = True
    processes: int | None = None
    decoder: str | None = None
    options: tuple[tuple[str, str], ...] = ()


@click.command(cls=Command, help=__doc__)
@click.argument("path", cls=Argument, required=False, metavar="[FILE|FOLDER]", type=click.Path(), about="what to open")
@option("--port", type=click.IntRange(0, 65535), default=PORT, metavar="N", help=f"default: {PORT}; 0: any free one")
@option("--host", default="127.0.0.1", metavar="ADDRESS", help="listen there, for others, too; needs --token")
@option("--token", metavar="TEXT", help=f"what others have to know, {LEAST_TOKEN} characters at least")
@option("--browser/--no-browser", default=True, help="open the page in a browser (default: if there is a terminal)")
@option("--processes", type=click.IntRange(1, 64), metavar="N", help="how many requests are worked on at once")
@decoder_options(about="which decoder paints (default: miniature)")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    local = is_loopback(args.host)
    if not local and (args.token is None or len(args.token) < LEAST_TOKEN):
        raise InputError(
            f"--host {args.host} lets others use this computer: give a --token of at least {LEAST_TOKEN} characters"
        )
    try:
        from ..studio.app import bind, make_app, serve
    except ModuleNotFoundError as error:
        raise MissingExtraError("the studio", "studio") from error
    path = Path(args.path) if args.path else None
    app = make_app(
        path, token=args.token, decoder=args.decoder or "miniature", options=args.options, processes=args.processes
    )
    listening = bind(args.host, args.port)
    if not local:
        say("triptych: others can reach this studio; what they send is worked on here, unencrypted on its way",
            sys.stderr)  # fmt: skip
    name = f"[{args.host}]" if ":" in args.host else args.host
    address = f"http://{name}:{listening.getsockname()[1]}/" + (f"#token={args.token}" if args.token else "")
    say(f"the studio is at {address} (Ctrl-C ends it)", sys.stdout)
    if args.browser and sys.stdout.isatty():
        webbrowser.open(address)
    serve(app, listening)
    return 0


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this computer only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
