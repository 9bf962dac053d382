import json
from typing import Any, cast

import pytest
from aiortc import RTCDataChannel

from server.errors import SettingsError
from server.limits import Limits
from server.sessions.control_channel import Control

LIMITS = Limits(messages_per_s=20)


class FakeChannel:
    readyState = "open"
    bufferedAmount = 0

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, data: str) -> None:
        self.sent.append(json.loads(data))


def control(channel: FakeChannel, changes: list[Any], calibrations: list[int]) -> Control:
    def change(values: dict[str, Any]) -> None:
        if "bad" in values:
            raise SettingsError("bad is no setting")
        changes.append(values)

    return Control(
        cast(RTCDataChannel, channel),
        LIMITS,
        change=change,
        calibrate=lambda: calibrations.append(1),
    )


def heard(*messages: object) -> tuple[FakeChannel, list[Any], list[int], Control]:
    channel: FakeChannel = FakeChannel()
    changes: list[Any] = []
    calibrations: list[int] = []
    one = control(channel, changes, calibrations)
    for message in messages:
        one.hear(message)
    return channel, changes, calibrations, one


def test_a_ping_is_answered_with_its_clock() -> None:
    channel, *_ = heard('{"t": "ping", "c": 12.5}')

    assert channel.sent == [{"t": "pong", "c": 12.5}]


def test_settings_are_acknowledged_or_refused_by_number() -> None:
    channel, changes, *_ = heard('{"t":"set","v":1,"alpha":1}', '{"t":"set","v":2,"bad":1}')

    assert changes == [{"alpha": 1}]
    assert channel.sent == [
        {"t": "ok", "v": 1},
        {"t": "err", "v": 2, "error": "bad is no setting"},
    ]


def test_a_calibration_is_begun() -> None:
    _, _, calibrations, _ = heard('{"t":"calibrate"}')

    assert calibrations == [1]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "7",
        "null",
        '{"t": 1}',
        '{"x": 1}',
        "{",
        b"{}",
        None,
        "[" * 10_000,
        '{"t":"ping","c":"' + "x" * LIMITS.message_bytes + '"}',
    ],
    ids=lambda value: repr(value)[:12],
)
def test_nonsense_is_counted_and_not_answered(message: object) -> None:
    channel, changes, calibrations, one = heard(message)

    assert (channel.sent, changes, calibrations) == ([], [], [])
    assert one.rejected == 1


def test_a_flood_is_not_answered() -> None:
    channel, _, _, one = heard(*['{"t":"ping","c":1}'] * 1000)

    assert len(channel.sent) < 100
    assert one.rejected > 900


def test_statistics_are_left_out_for_who_does_not_read() -> None:
    channel, _, _, one = heard()
    channel.bufferedAmount = Limits().unsent_bytes + 1

    assert not one.say({"t": "stats"}, droppable=True)
    assert one.say({"t": "ok"})
    channel.bufferedAmount = 4 * Limits().unsent_bytes + 1
    assert not one.say({"t": "ok"})


def test_nothing_is_said_on_a_closed_channel() -> None:
    channel, _, _, one = heard()
    channel.readyState = "closed"

    assert not one.say({"t": "bye"})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("message", ['{{"t": "ping", "c": {}}}', '{{"t": "set", "v": {}}}'])
def test_what_is_no_number_in_json_is_not_echoed(message: str, number: str) -> None:
    channel, _, _, one = heard(message.format(number))

    assert (channel.sent, one.rejected) == ([], 1)
