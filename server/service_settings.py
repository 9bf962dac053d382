"""How the service is reached: address, TLS, token, names, ICE servers; refuses what is unsafe."""

import argparse
import ipaddress
import os
import re
import secrets
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.webrtc.ice import Ice

LEAST_TOKEN = 32
"""Characters of a token that is chosen by hand; a made one has 256 random bits."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # what may stand behind "Bearer", RFC 6750
_ICE = {
    name: re.compile(rf"{name}s?:[A-Za-z0-9.:\[\]-]+(\?transport=(udp|tcp))?")
    for name in ("stun", "turn")
}


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """hosts: names and addresses, beside those of loopback, under which browsers come.

    port: 0 takes a free one. max_sessions: what the device carries when None. recordings: their
    folder; there are none when None. drain_s: how long people may go on when the service is told
    to stop. Raises ValueError for what is unsafe.
    """

    host: str = "127.0.0.1"
    port: int = 8470
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    hosts: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    max_sessions: int | None = None
    ice: Ice = field(default_factory=Ice)
    recordings: Path | None = None
    drain_s: float = 10.0
    open_browser: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise ValueError(f"--port must be 0 to 65535, got {self.port}")
        if len(self.token) < LEAST_TOKEN or not _TOKEN.fullmatch(self.token):
            raise ValueError(
                f"REENACT_TOKEN must be {LEAST_TOKEN} or more letters, digits and -._~+/; "
                "or leave it out, and a random one is made"
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("--tls-cert and --tls-key must be given together")
        if not _is_loopback(self.host) and self.tls_cert is None:
            raise ValueError(
                f"--host {self.host} lets other machines in, which needs TLS: give --tls-cert and "
                "--tls-key, or stay on 127.0.0.1"
            )
        if _is_any(self.host) and not self.hosts:
            raise ValueError(
                f"--host {self.host} needs --allow-host: the name that browsers will ask for"
            )

    @property
    def names(self) -> frozenset[str]:
        """What a Host header may name, in lower case, without port."""
        own = () if _is_any(self.host) else (self.host,)
        return frozenset(name.lower().strip("[]") for name in (*_LOOPBACK, *own, *self.hosts))

    @property
    def scheme(self) -> str:
        return "http" if self.tls_cert is None else "https"

    def url(self, port: int) -> str:
        """The page, with the token in the fragment, which browsers keep to themselves."""
        name = self.hosts[0] if _is_any(self.host) else self.host
        shown = f"[{name}]" if ":" in name and not name.startswith("[") else name
        return f"{self.scheme}://{shown}:{port}/#token={self.token}"

    def tls(self) -> ssl.SSLContext | None:
        """Raises ValueError when certificate and key cannot be used."""
        if self.tls_cert is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.tls_cert, self.tls_key)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(
                f"{self.tls_cert} and {self.tls_key} must be a PEM certificate and its key "
                f"({error.strerror or error})"
            ) from error
        return context


def settings_from(
    options: argparse.Namespace, environment: Mapping[str, str] = os.environ
) -> ServiceSettings:
    """The settings that the command line means.

    From the environment alone, as all may read a command line: REENACT_TOKEN and
    REENACT_TURN_SECRET. Raises ValueError.
    """
    token = environment.get("REENACT_TOKEN") or secrets.token_urlsafe(32)
    return ServiceSettings(
        host=options.host,
        port=options.port,
        hosts=tuple(options.allow_host),
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        max_sessions=options.max_sessions,
        drain_s=options.drain,
        open_browser=options.browser and sys.stdin is not None and sys.stdin.isatty(),
        token=token,
        recordings=options.recordings,
        ice=_ice(options, environment.get("REENACT_TURN_SECRET", "")),
    )


def _ice(options: argparse.Namespace, secret: str) -> Ice:
    for name, pattern in _ICE.items():
        for url in getattr(options, name):
            if not pattern.fullmatch(url):
                raise ValueError(f"--{name} must be like {name}:host:3478, got {url[:80]!r}")
    if options.turn and not secret:
        raise ValueError(
            "--turn needs REENACT_TURN_SECRET in the environment: the static-auth-secret of coturn"
        )
    return Ice(
        stun=tuple(options.stun),
        turn=tuple(options.turn),
        turn_secret=secret,
        loopback=options.loopback,
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_any(host: str) -> bool:
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
