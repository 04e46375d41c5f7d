"""The description of the API, made of the types of its messages."""

from __future__ import annotations

from typing import Any

import msgspec

from ..edit_table import GROUPS
from ..version import __version__
from .messages import Archive, Change, Decode, Edited, Encode, Extract, Fault, Inspect, Rival

# path -> (what it does, message, field that may be the body itself, what comes back, as what)
_POSTS: dict[str, tuple[str, type[msgspec.Struct], str | None, str, type[msgspec.Struct] | None]] = {
    "/api/encode": ("A picture becomes a file", Encode, "picture", "application/octet-stream", Edited),
    "/api/decode": ("A file becomes a picture", Decode, "file", "image/*", None),
    "/api/preview": ("A draft of an edited file, before that is coded", Change, None, "image/jpeg", None),
    "/api/edit": ("The layers of a file are changed", Change, None, "application/octet-stream", Edited),
    "/api/info": ("What a file holds", Inspect, "file", "application/json", None),
    "/api/extract": ("The layers of a file as ordinary files", Extract, "file", "application/zip", None),
    "/api/rival": ("A picture by another coder in as many bytes", Rival, "picture", "image/*", None),
    "/api/zip": ("Files in one archive", Archive, None, "application/zip", None),
}
_GETS = {
    "/api/about": "Version, decoders, edits and limits",
    "/api/folder": "The files that the studio was opened with",
    "/api/folder/{number}": "One of them, counted from 0",
    "/api/jobs/{name}": "How far a decode is: state, step, steps",
}


def describe() -> dict[str, Any]:
    """The API as an OpenAPI 3.1 document."""
    kinds = [message for _, message, *_ in _POSTS.values()] + [Edited, Fault]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    references = dict(zip(kinds, schemas, strict=True))
    fault = {"description": "what went wrong", "content": {"application/json": {"schema": references[Fault]}}}
    paths: dict[str, Any] = {}
    for path, (what, message, body, media, answer) in _POSTS.items():
        content: dict[str, Any] = {"application/json": {"schema": references[message]}}
        parameters = []
        if body:
            content["application/octet-stream"] = {"schema": {"type": "string", "format": "binary"}}
            properties = components[message.__name__]["properties"]
            parameters = [
                {"name": name, "in": "query", "schema": schema, "description": "where the body is the file itself"}
                for name, schema in properties.items()
                if name != body
            ]
        found: dict[str, Any] = {media: {} if media.endswith("json") else {"schema": {"type": "string"}}}
        if answer:
            found["application/json"] = {"schema": references[answer]}
        paths[path] = {
            "post": {
                "summary": what,
                "parameters": parameters,
                "requestBody": {"required": True, "content": content},
                "responses": {"200": {"description": what, "content": found}, "default": fault},
            }
        }
    for path, what in _GETS.items():
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        answers = {"200": {"description": what}, "default": fault}
        paths[path] = {"get": {"summary": what, "parameters": parameters, "responses": answers}}
    ended = {"summary": "End a decode", "parameters": paths["/api/jobs/{name}"]["get"]["parameters"]}
    paths["/api/jobs/{name}"]["delete"] = ended | {"responses": {"200": {"description": "whether it was ended"}}}
    edits = [f"- `{' '.join([e.option, *e.metavars])}`: {e.help}" for group in GROUPS.values() for e in group]
    about = "Requests are JSON with files as base64, or the file as the body and the rest in the query.\n\nEdits:\n\n"
    return {
        "openapi": "3.1.0",
        "info": {"title": "Triptych studio", "version": __version__, "description": about + "\n".join(edits)},
        "paths": paths,
        "components": {"schemas": components},
    }
