"""Settings of the service: address, TLS, token, names, ICE servers; unsafe ones are refused."""

import argparse
import ipaddress
import math
import os
import re
import secrets
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.limits import ClientLimits, RecordingLimits
from server.webrtc.ice import Ice

LEAST_TOKEN = 32
"""Fewest characters of a token that the operator chooses; a generated one has 256 random bits."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # what may stand behind "Bearer", RFC 6750
_ICE = {
    name: re.compile(rf"{name}s?:[A-Za-z0-9.:\[\]-]+(\?transport=(udp|tcp))?")
    for name in ("stun", "turn")
}


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """All settings of `reenact serve`. Raises ValueError for unsafe ones."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8470
    """TCP port to listen on; 0 for any that is free."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """Bearer token that every request but those for the page must carry."""
    hosts: tuple[str, ...] = ()
    """Names and addresses under which browsers ask for the service, beside those of loopback."""
    tls_cert: Path | None = None
    """PEM file of the TLS certificate; None for plain HTTP."""
    tls_key: Path | None = None
    """PEM file of the certificate's key."""
    max_sessions: int | None = None
    """Drivers at the same time; None for as many as the device carries."""
    max_sessions_per_client: int = ClientLimits().sessions
    """Sessions of one other machine at the same time."""
    ice: Ice = field(default_factory=Ice)
    """STUN and TURN servers."""
    recordings: Path | None = None
    """Folder for recordings; None when sessions may not be recorded."""
    max_recordings_gb: float = RecordingLimits().most_bytes / 1e9
    """Gigabytes that all recordings together may take."""
    drain_s: float = 10.0
    """Seconds that running sessions have left when the service is told to stop."""
    open_browser: bool = False
    """Whether the page is opened in a browser once it is served."""

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise ValueError(f"--port must be 0 to 65535, got {self.port}")
        if not 0 < self.max_recordings_gb < math.inf:
            raise ValueError(
                f"--max-recordings must be gigabytes, more than 0, got {self.max_recordings_gb:g}"
            )
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
        """Names that a Host header may hold, in lower case, without port."""
        own = () if _is_any(self.host) else (self.host,)
        return frozenset(name.lower().strip("[]") for name in (*_LOOPBACK, *own, *self.hosts))

    @property
    def scheme(self) -> str:
        return "http" if self.tls_cert is None else "https"

    def url(self, port: int) -> str:
        """Address of the page for people, with the token in the fragment, which is not sent."""
        return f"{self.address(port)}#token={self.token}"

    def address(self, port: int) -> str:
        """Address of the page, without the token."""
        name = self.hosts[0] if _is_any(self.host) else self.host
        shown = f"[{name}]" if ":" in name and not name.startswith("[") else name
        return f"{self.scheme}://{shown}:{port}/"

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context, None for plain HTTP. Raises ValueError for unusable PEM files."""
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
    """Settings from the options of `reenact serve`. Raises ValueError for unsafe ones.

    The secrets, REENACT_TOKEN and REENACT_TURN_SECRET, are read from the environment alone: other
    users of the machine can see a command line.
    """
    token = environment.get("REENACT_TOKEN") or secrets.token_urlsafe(32)
    return ServiceSettings(
        host=options.host,
        port=options.port,
        hosts=tuple(options.allow_host),
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        max_sessions=options.max_sessions,
        max_sessions_per_client=options.max_sessions_per_client,
        drain_s=options.drain,
        open_browser=options.browser and sys.stdin is not None and sys.stdin.isatty(),
        token=token,
        recordings=options.recordings,
        max_recordings_gb=options.max_recordings,
        ice=_ice(options, environment.get("REENACT_TURN_SECRET", "")),
    )


def _ice(options: argparse.Namespace, secret: str) -> Ice:
    for name, urls in (("stun", options.stun), ("turn", options.turn)):
        for url in urls:
            if not _ICE[name].fullmatch(url):
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
