"""server/service_settings.py: unsafe settings are refused at the start."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from reenact.cli.serve import add_options
from server.service_settings import ServiceSettings, settings_from

TLS: dict[str, Any] = {"tls_cert": Path("cert.pem"), "tls_key": Path("key.pem")}
TOKEN = "a" * 32

UNSAFE: dict[str, tuple[dict[str, Any], str]] = {
    "all addresses without TLS": ({"host": "0.0.0.0", "hosts": ("box",)}, "needs TLS"),
    "all IPv6 addresses without TLS": ({"host": "::", "hosts": ("box",)}, "needs TLS"),
    "an address without TLS": ({"host": "192.0.2.1"}, "needs TLS"),
    "a name without TLS": ({"host": "box.example"}, "needs TLS"),
    "no address without TLS": ({"host": ""}, "needs TLS"),
    "all addresses without a name": ({"host": "0.0.0.0", **TLS}, "--allow-host"),
    "certificate without key": ({"tls_cert": Path("cert.pem")}, "together"),
    "short token": ({"token": "secret"}, "REENACT_TOKEN"),
    "no token": ({"token": ""}, "REENACT_TOKEN"),
    "token that no header can hold": ({"token": "a b" * 20}, "REENACT_TOKEN"),
    "port": ({"port": 65536}, "--port"),
    "no room for recordings": ({"max_recordings_gb": 0.0}, "--max-recordings"),
    "endless room for recordings": ({"max_recordings_gb": float("inf")}, "--max-recordings"),
    "room for recordings that is no number": (
        {"max_recordings_gb": float("nan")},
        "--max-recordings",
    ),
}


@pytest.mark.parametrize(("values", "message"), UNSAFE.values(), ids=UNSAFE.keys())
def test_unsafe_settings_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ServiceSettings(**values)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_loopback_needs_nothing(host: str) -> None:
    settings = ServiceSettings(host=host)

    assert {"localhost", "127.0.0.1", "::1", host} == settings.names
    assert len(settings.token) >= 43  # 256 bits


def test_each_start_has_a_token_of_its_own() -> None:
    assert ServiceSettings().token != ServiceSettings().token


def test_secrets_are_not_shown() -> None:
    assert TOKEN not in repr(ServiceSettings(token=TOKEN))


URLS = {
    "http://127.0.0.1:5/#token=" + TOKEN: ServiceSettings(token=TOKEN),
    "http://[::1]:5/#token=" + TOKEN: ServiceSettings(host="::1", token=TOKEN),
    "https://box:5/#token=" + TOKEN: ServiceSettings(
        host="0.0.0.0", hosts=("box",), token=TOKEN, **TLS
    ),
}


@pytest.mark.parametrize(("url", "settings"), URLS.items())
def test_url_holds_the_token_in_its_fragment(url: str, settings: ServiceSettings) -> None:
    assert settings.url(5) == url
    assert settings.address(5) + f"#token={TOKEN}" == url


def test_certificate_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("none")
    settings = ServiceSettings(tls_cert=tmp_path / "cert.pem", tls_key=tmp_path / "gone.pem")

    with pytest.raises(ValueError, match="must be a PEM certificate and its key"):
        settings.tls()


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


def test_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REENACT_PORT", "5")
    monkeypatch.setenv("REENACT_MAX_SESSIONS", "3")
    monkeypatch.setenv("REENACT_ALLOW_HOSTS", "one two")
    environment = {"REENACT_TOKEN": TOKEN, "REENACT_TURN_SECRET": "shared"}
    settings = settings_from(
        parsed("--port", "6", "--turn", "turn:box:3478?transport=udp"), environment
    )

    assert (settings.port, settings.max_sessions, settings.hosts) == (6, 3, ("one", "two"))
    assert settings.token == TOKEN
    assert settings.ice.turn == ("turn:box:3478?transport=udp",)
    assert not settings.open_browser  # standard input is no terminal here


ICE = {
    "TURN without its secret": (["--turn", "turn:box:3478"], "REENACT_TURN_SECRET"),
    "no STUN address": (["--stun", "box"], "--stun must be like"),
    "header in an address": (["--stun", "stun:box>; x"], "--stun must be like"),
    "other protocol": (["--turn", "stun:box"], "--turn must be like"),
}


@pytest.mark.parametrize(("words", "message"), ICE.values(), ids=ICE.keys())
def test_ice_servers_are_checked(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings_from(parsed(*words), {})
