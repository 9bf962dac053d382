"""The options of `reenact serve`.

Most have a default from the environment, REENACT_ and their name; secrets come from there alone:
REENACT_TOKEN and REENACT_TURN_SECRET.
"""

import argparse
import os

from reenact.cli.argument_types import count, path


def service(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    env = os.environ.get
    add("--host", default=env("REENACT_HOST", "127.0.0.1"), help="the address to listen on")
    add("--port", type=int, default=env("REENACT_PORT", "8470"), help="0 takes a free one")
    add(
        "--allow-host",
        action="append",
        metavar="NAME",
        default=env("REENACT_ALLOW_HOSTS", "").split(),
        help="a name under which browsers come, beside localhost; may be repeated",
    )
    add("--tls-cert", type=path, metavar="FILE", default=env("REENACT_TLS_CERT"), help="PEM")
    add("--tls-key", type=path, metavar="FILE", default=env("REENACT_TLS_KEY"), help="PEM")
    add(
        "--stun",
        action="append",
        metavar="URL",
        default=env("REENACT_STUN", "").split(),
        help="stun:host:3478; may be repeated",
    )
    add(
        "--turn",
        action="append",
        metavar="URL",
        default=env("REENACT_TURN", "").split(),
        help="turn:host:3478, with REENACT_TURN_SECRET; may be repeated",
    )
    add(
        "--loopback",
        action="store_true",
        help="let only this machine in, by media too; works without any network",
    )
    add(
        "--max-sessions",
        type=count,
        default=env("REENACT_MAX_SESSIONS"),
        help="people at the same time; what the device carries if not given",
    )
    add(
        "--recordings",
        type=path,
        metavar="FOLDER",
        default=env("REENACT_RECORDINGS"),
        help="let people record what they see, into this folder",
    )
    add(
        "--drain",
        type=float,
        metavar="SECONDS",
        default=env("REENACT_DRAIN", "10"),
        help="how long people may go on when the service is told to stop",
    )
    add(
        "--browser",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="open the page in a browser, when started on a terminal",
    )
