"""The service's log: one line per event, without addresses, names, tokens or SDP.

Our modules log constant sentences; the redaction here catches what libraries put into theirs.
"""

import json
import logging
import re
import sys
import time

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from server.bounded_log import BoundedHandler
from server.limits import DoorLimits

LIBRARIES = ("aiohttp", "aioice", "aiortc", "asyncio", "libav")

_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\.\d)"  # IPv4
    r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,}[0-9a-fA-F]{1,4}(?![\w:])"  # IPv6, MAC, fingerprints
    r"|(?<![\w:])[0-9a-fA-F:]*::[0-9a-fA-F:]*"  # IPv6, shortened
    r"|[\w-]+\.local\b"
)
_MEDIA = re.compile(r"(?:^|(?<=\s))(?:v=0|a=|c=IN|o=|m=(?:audio|video|application))\S.*", re.DOTALL)
_SECRET = re.compile(r"(?i)((?:bearer |token=|secret=))[\w.~+/=-]+")
_QUIET = ("/healthz", "/readyz", "/metrics", "/static", "/")
"""Routes that are asked so often that they are logged at debug level."""

access = logging.getLogger("server.access")


def configure(*, verbose: bool = False) -> None:
    """Log to stderr: plain sentences on a terminal, JSON lines anywhere else."""
    handler = BoundedHandler(sys.stderr)
    handler.setFormatter(PlainFormatter() if sys.stderr.isatty() else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for library in LIBRARIES:  # more detail would name addresses and every packet
        logging.getLogger(library).setLevel(logging.WARNING)


def redact(text: str) -> str:
    """`text` on one line, without addresses, secrets and descriptions of media."""
    text = _SECRET.sub(r"\1[secret]", _MEDIA.sub("[media description]", text))
    return " | ".join(_ADDRESS.sub("[address]", text).splitlines())


class PlainFormatter(logging.Formatter):
    """A sentence per event, for people."""

    def format(self, record: logging.LogRecord) -> str:
        return f"reenact: {redact(_describe(self, record))}"


class JsonFormatter(logging.Formatter):
    """A JSON object per line, for programs."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return json.dumps(
            {
                "time": f"{stamp}.{record.msecs:03.0f}Z",
                "level": record.levelname.lower(),
                "from": record.name,
                "event": redact(_describe(self, record)),
            }
        )


class AccessLog(AbstractAccessLogger):
    """Logs method, route, status and time of a request; no client, no names in the path."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        # What the application never saw, such as a malformed request, has no match.
        match = getattr(request, "_match_info", None)
        resource = None if match is None else match.route.resource
        route = "-" if resource is None else resource.canonical
        level = logging.DEBUG if route in _QUIET else logging.INFO
        access.log(level, "%s %s %d in %.0f ms", request.method, route, response.status, 1e3 * time)


def _describe(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = f"\n{formatter.formatException(record.exc_info)}" if record.exc_info else ""
    text, most = record.getMessage() + trace, DoorLimits().log_line_chars
    return text if len(text) <= most else f"{text[:most]}..."
