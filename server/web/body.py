"""Request bodies: read within a time limit, and checked to have the expected shape."""

import asyncio
import json
from typing import Any

from aiohttp import web

from server.errors import RefusedError
from server.limits import DoorLimits

READ_S = DoorLimits().body_s
"""Seconds that a body may take."""


async def read_text(request: web.Request) -> str:
    """The body as UTF-8. Raises RefusedError."""
    try:
        async with asyncio.timeout(READ_S):
            return (await request.read()).decode("utf-8")
    except TimeoutError as error:
        raise RefusedError(408, f"the body took longer than {READ_S:g} s to arrive") from error
    except UnicodeDecodeError as error:
        raise RefusedError(400, "the body must be UTF-8 text") from error


async def read_object(request: web.Request, fields: dict[str, type]) -> dict[str, Any]:
    """The body's JSON object, with no field but `fields`, each of its type. Raises RefusedError."""
    text = await read_text(request)
    try:
        table = json.loads(text, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "the body must be JSON") from error
    if not isinstance(table, dict):
        raise RefusedError(400, "the body must be a JSON object")
    for name, value in table.items():
        if name not in fields:
            raise RefusedError(400, f"the body may hold {', '.join(fields)}, got {name[:40]!r}")
        if type(value) is not fields[name]:
            raise RefusedError(400, f"{name} must be of type {_WORDS[fields[name]]}")
    return table


_WORDS = {str: "text", int: "whole number", dict: "object", bool: "true or false"}


def _reject_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")
