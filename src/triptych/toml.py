"""TOML files read into typed tables by msgspec; what is wrong in one is said in one line, with the file and the key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from .errors import InputError

T = TypeVar("T", bound=msgspec.Struct)

# The place in msgspec's messages: "$.edges.kind", or nothing if it is the whole table.
_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")


def read_toml(path: Path, where: str) -> dict[str, Any]:
    """The tables of a file.

    Args:
        where: what messages begin with.

    Raises:
        InputError: it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{where}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{where}: is not TOML: {error}") from error


def typed(table: Mapping[str, Any], kind: type[T], where: str, hint: str = "") -> T:
    """A table as a struct.

    Args:
        where: what messages begin with.
        hint: what to do about a key that is missing.

    Raises:
        InputError: a key is unknown or missing, or a value cannot be used; the message names the first such key.
    """
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        found = _PLACE.search(str(error))
        place = found[1].split(".") if found and found[1] else []
        raise InputError(f"{where}: {_fault(_PLACE.sub('', str(error)), place, table, kind, hint)}") from error


def _fault(said: str, place: list[str], table: Any, kind: type[msgspec.Struct], hint: str) -> str:
    """What is wrong in a table, in our words.

    Args:
        said: msgspec's message without its place.
        place: the keys that lead to the value, for example ["edges", "kind"].
    """
    wanted: Any = inspect.type_info(kind)
    for key in place:
        table = table.get(key) if isinstance(table, Mapping) else None
        wanted = next((field.type for field in _struct(wanted).fields if field.encode_name == key), inspect.AnyType())
    key = ".".join(place)
    if unknown := _UNKNOWN.fullmatch(said):
        known = ", ".join(field.encode_name for field in _struct(wanted).fields)
        return f"{'.'.join([*place, unknown[1]])}: there is no such key; there are: {known}"
    if missing := _MISSING.fullmatch(said):
        needed = ", ".join(field.encode_name for field in _struct(wanted).fields if field.required)
        return f"{f'{key}: ' if key else ''}has no {missing[1]!r}; {hint if hint and not key else f'it needs {needed}'}"
    return f"{key}: must be {_described(wanted)}, not {table!r}"


def _struct(kind: Any) -> inspect.StructType:
    """The struct in a type such as `Struct | None`."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return next(one for one in kinds if isinstance(one, inspect.StructType))


def _described(kind: Any) -> str:
    """A type in words; `Meta(description=...)` comes first."""
    if isinstance(kind, inspect.Metadata):
        return str((kind.extra_json_schema or {}).get("description") or _described(kind.type))
    if isinstance(kind, inspect.UnionType):
        # What switches a thing off (null, false) goes without saying.
        rest = [one for one in kind.types if not isinstance(one, (inspect.NoneType, inspect.BoolType))]
        return " or ".join(map(_described, rest)) if rest else "true or false"
    if isinstance(kind, (inspect.IntType, inspect.FloatType)):
        what = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
        return what if kind.ge is None else f"{what} from {kind.ge:g} to {kind.le:g}"
    if isinstance(kind, inspect.LiteralType):
        return f"one of {', '.join(sorted(map(str, kind.values)))}"
    if isinstance(kind, inspect.StructType):
        needed = [field.encode_name for field in kind.fields if field.required]
        return f"a table, as in {{ {needed[0] if needed else '...'} = ... }}"
    if isinstance(kind, inspect.StrType):
        return "a text"
    if isinstance(kind, inspect.BoolType):
        return "true or false"
    return "a table" if isinstance(kind, inspect.DictType) else "a list"
