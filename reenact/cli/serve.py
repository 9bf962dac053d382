"""`reenact serve`: the page and its service.

Most options have a default from the environment, REENACT_ and their name; secrets come from there
alone: REENACT_TOKEN and REENACT_TURN_SECRET.
"""

import argparse
import os
from functools import partial

from reenact.cli.options import add_net_options, count, path
from reenact.cli.terminal import say


def add_options(parser: argparse.ArgumentParser) -> None:
    _add_address_options(parser)
    _add_media_options(parser)
    add = parser.add_argument
    add(
        "--max-sessions",
        type=count,
        default=os.environ.get("REENACT_MAX_SESSIONS"),
        help="number of people served at the same time, by default as many as the device carries",
    )
    add(
        "--max-sessions-per-client",
        type=count,
        default=os.environ.get("REENACT_MAX_SESSIONS_PER_CLIENT", "4"),
        help="number of sessions that one other machine may have at the same time, viewers too",
    )
    add(
        "--recordings",
        type=path,
        metavar="FOLDER",
        default=os.environ.get("REENACT_RECORDINGS"),
        help="let people record what they see, into this folder",
    )
    add(
        "--max-recordings",
        type=float,
        metavar="GB",
        default=os.environ.get("REENACT_MAX_RECORDINGS", "20"),
        help="gigabytes that all recordings together may take",
    )
    add(
        "--drain",
        type=float,
        metavar="SECONDS",
        default=os.environ.get("REENACT_DRAIN", "10"),
        help="seconds that people may stay connected after the service is told to stop",
    )
    add(
        "--browser",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="open the page in a browser, when started on a terminal",
    )
    add_net_options(parser)


def _add_address_options(parser: argparse.ArgumentParser) -> None:
    add, env = parser.add_argument, os.environ.get
    add("--host", default=env("REENACT_HOST", "127.0.0.1"), help="the address to listen on")
    add(
        "--port",
        type=int,
        default=env("REENACT_PORT", "8470"),
        help="the port to listen on; 0 takes a free one",
    )
    add(
        "--allow-host",
        action="append",
        metavar="NAME",
        default=env("REENACT_ALLOW_HOSTS", "").split(),
        help="a name that browsers reach the service by, beside localhost; may be repeated",
    )
    add(
        "--tls-cert",
        type=path,
        metavar="FILE",
        default=env("REENACT_TLS_CERT"),
        help="the TLS certificate, with its chain (PEM)",
    )
    add(
        "--tls-key",
        type=path,
        metavar="FILE",
        default=env("REENACT_TLS_KEY"),
        help="the private key of that certificate (PEM)",
    )


def _add_media_options(parser: argparse.ArgumentParser) -> None:
    """The servers that media connections are made with."""
    add, env = parser.add_argument, os.environ.get
    add(
        "--stun",
        action="append",
        metavar="URL",
        default=env("REENACT_STUN", "").split(),
        help="a STUN server, such as stun:host:3478; may be repeated",
    )
    add(
        "--turn",
        action="append",
        metavar="URL",
        default=env("REENACT_TURN", "").split(),
        help="a TURN server, such as turn:host:3478, with REENACT_TURN_SECRET; may be repeated",
    )
    add(
        "--loopback",
        action="store_true",
        help="let only this machine connect, for media too; works without any network",
    )


def serve(options: argparse.Namespace) -> int:
    """Serve a page on which a camera drives an avatar, live."""
    from reenact.packs.installed import find_pack
    from server import log
    from server.serve import run_service
    from server.service_settings import settings_from
    from server.streams.runtime import open_runtime

    settings = settings_from(options)
    log.configure(verbose=options.verbose)
    runtime = partial(open_runtime, find_pack(options.pack), device=options.device)
    run_service(settings, runtime, say=say)
    return 0
