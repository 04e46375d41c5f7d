"""Requests are bounded, and what goes wrong is told with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from triptych.decoders.remote import http
from triptych.decoders.remote.comfyui import ComfyUI
from triptych.decoders.remote.http import Server, one_line
from triptych.errors import InputError, ModelError

from .conftest import Program


class Odd(Program):
    def get(self, path: str, query: dict[str, str]) -> tuple[Any, ...]:
        if path == "/large":
            return 200, b"x" * 2000
        return (302, b"") if path == "/moved" else (200, b"<html>")


@pytest.fixture
def odd() -> Iterator[Odd]:
    program = Odd()
    yield program
    program.close()


def _server(address: str | None) -> Server:
    return Server("ComfyUI", address, "TRIPTYCH_NONE", "http://127.0.0.1:8188")


def test_nobody_answers(odd: Odd) -> None:
    """The error has the address, and how to give another one."""
    odd.close()
    with pytest.raises(ModelError, match=rf"{odd.address} .*start it.*TRIPTYCH_NONE"):
        _server(odd.address).get("/queue")
    odd.close = lambda: None  # type: ignore[method-assign]


def test_something_else_answers(odd: Odd) -> None:
    """A page is not taken for ComfyUI; redirections are not followed; long answers are cut off."""
    with pytest.raises(ModelError, match="does not answer as ComfyUI does"):
        ComfyUI(odd.address, 5).info()
    with pytest.raises(ModelError, match="answered 302 to /moved"):
        _server(odd.address).get("/moved")
    with pytest.raises(ModelError, match="more than 100 bytes"):
        _server(odd.address).get("/large", most=100)


def test_a_password_is_sent_and_not_shown() -> None:
    """User and password go into a header only."""
    server = _server("https://me:s%20cret@host.example:81/comfy/")
    assert server.shown == "https://host.example:81/comfy"
    assert server.headers["Authorization"] == "Basic bWU6cyBjcmV0"


@pytest.mark.parametrize("address", ["ftp://host", "http://", "file:///etc/passwd", "http://h:port", "http://h/?a=b"])
def test_wrong_addresses(address: str) -> None:
    """Only http and https addresses are taken."""
    with pytest.raises(InputError, match="option address"):
        _server(address)


def test_texts_of_a_program_are_one_short_line() -> None:
    """Line breaks, control characters and length of what a program says do not reach the terminal."""
    told = one_line("a\n b\x1b[31m" + "c" * 1000)
    assert told.startswith("a b?[31mccc") and len(told) == http._MAX_TOLD
