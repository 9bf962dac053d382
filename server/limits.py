"""Limits of the service: how many clients it serves, how much each may send, how long it waits.

The README's section for operators lists them with their reasons.
"""

from dataclasses import dataclass

from engines import ON_PROCESSOR


@dataclass(frozen=True, slots=True)
class RecordingLimits:
    """What recordings may take, where the operator gave a folder for them."""

    longest_s: float = 600.0
    """Longest recording, in seconds: about 100 MB, which a page can still take as a download."""
    most_bytes: int = 20 * 10**9
    """Bytes of all recordings together: some two hundred of the longest."""
    least_free_bytes: int = 10**9
    """Free bytes of the disk below which nothing is recorded: other programs need room too, and the
    end of a recording as much as it has."""
    check_s: float = 2.0
    """Seconds between two looks at the room left: even noise fills less than 10 MB meanwhile."""
    frames_waiting: int = 200
    """Frames of pictures and sound that wait to be written: seconds of them. When more come, the
    disk or the processor is too slow, and they are dropped."""
    close_s: float = 60.0
    """Seconds that the end of a recording may take: its copy takes one, unless the disk hangs."""


@dataclass(frozen=True, slots=True)
class OfferLimits:
    """How often each line of an offer may come: a parser of SDP multiplies them.

    Feedback for "*" is kept for every payload type, and each is answered: 57 KB of such lines kept
    the event loop for 73 s.
    """

    sections: int = 3
    """Sections of media: video, sound and a data channel."""
    payload_types: int = 64
    """Payload types of a section, and parameters of them: Chromium offers about 45 for video."""
    feedback: int = 192
    """Lines of feedback of a section: three a payload type."""
    feedback_for_all: int = 8
    """Of these, lines for every payload type: publishers write two or three."""
    sources: int = 64
    """Lines of a section that describe its sources."""
    extensions: int = 32
    """Extensions of headers of a section."""
    others: int = 16
    """Lines of any other attribute of a section; candidates are thinned out elsewhere."""
    line_chars: int = 2048
    """Longest line, in characters: the parameter sets of H.264 take a few hundred."""


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """What one address may take of a service whose token is shared. This machine is not counted."""

    sessions: int = 4
    """Sessions at the same time, viewers too: half of all places, for a household behind one
    address; the service raises it with --max-sessions-per-client."""
    starts: int = 60
    """Offers within `starts_s`: a page that lost its server asks up to 34 times a minute."""
    starts_s: float = 60.0
    """Seconds within which these are counted."""
    remembered: int = 1024
    """Addresses whose offers are counted; the one that was silent longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The defaults are those of the service; tests shorten the waits."""

    sessions: int = 1
    """Drivers at the same time: duplex peers and publishers together."""
    viewers: int = 4
    """Viewers at the same time, of all rooms together."""
    connect_s: float = 15.0
    """Seconds that ICE and DTLS may take before the session ends."""
    pause_s: float = 3.0
    """Seconds without a frame after which a stream counts as paused."""
    gone_s: float = 15.0
    """Seconds without a sign of life after which a session ends and its slot is free."""
    resume_s: float = 60.0
    """Seconds for which a session whose connection was lost can be resumed."""
    session_s: float | None = 12 * 3600.0
    """Longest session, in seconds, None for no limit: a day's work, not a forgotten tab."""
    check_s: float = 0.5
    """Seconds between two checks of all sessions."""
    statistics_s: float = 0.5
    """Seconds between two `stats` messages."""
    retry_after_s: int = 10
    """Seconds after which a refused client may ask again, for the Retry-After header."""
    failures: int = 30
    """Failed frames in a row that end a stream: about a second of them."""
    offer_bytes: int = 64 * 1024
    """Longest offer, in bytes of UTF-8."""
    offer_lines: int = 600
    """Most lines of an offer: Chromium's have about 250."""
    candidates: int = 10
    """ICE candidates of an offer that are tried; further ones are dropped."""
    message_bytes: int = 16 * 1024
    """Longest message on the control channel; a longer one is dropped."""
    messages_per_s: int = 50
    """Messages a second on the control channel; further ones are dropped."""
    tracked_px: int = 1080
    """Short side to which larger pictures are scaled down before a face is looked for: packs take
    a face of 480 pixels at most, and a picture of 1080p costs a quarter of one of 4K."""
    coded_pixels: int = 3840 * 2176
    """Largest picture that is decoded at all, in pixels: 4K. A larger one is refused by what its
    header claims, before any memory is taken for it."""
    frames_waiting: int = 30
    """Frames that wait for a decoder: a second. When more come, all are dropped up to the next that
    needs none of them."""
    undecodable: int = 150
    """Frames in a row that cannot be decoded, which end a session: five seconds, in which whole
    pictures were asked for."""
    early_datagrams: int = 16
    """UDP packets that are kept of a peer before it is connected: a handshake has about six."""
    datagrams: int = 1024
    """UDP packets that wait of a connected peer: several key frames."""
    datagram_bytes: int = 2048
    """Longest UDP packet: networks carry 1500 bytes."""
    channels: int = 64
    """Streams of data channels: a client needs one."""
    fragments: int = 128
    """Pieces of messages that wait for the rest: the longest message has 60 of 1100 bytes."""
    unsent_bytes: int = 64 * 1024
    """Unsent bytes of the control channel from which on statistics are left out, and at four times
    which anything is: the other side does not read."""
    kept: int = 16
    """Lost sessions that can be resumed at one time; the oldest goes first."""
    spare_calls: int = 4
    """Calls that wait for a moment without frames: each takes as long as several frames."""
    spare_wait_s: float = 60.0
    """Seconds that a picture or a random face may wait for such a moment."""
    random_people: int = 64
    """Random people kept at a time; each takes some tens of kilobytes."""
    client: ClientLimits = ClientLimits()
    """What one address may take."""


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What anybody may do who reaches the port, before a token is seen."""

    connections: int = 128
    """Connections at one time, six for a browser; a newcomer replaces one that asks nothing."""
    header_s: float = 10.0
    """Seconds from the beginning of a connection or request to the end of its header, and for the
    TLS handshake: browsers need one round trip."""
    idle_s: float = 75.0
    """Seconds that a connection may rest between two requests, as with nginx."""
    header_bytes: int = 32 * 1024
    """Longest header: tokens are short, but browsers send the cookies of all services of a host."""
    header_fields: int = 64
    """Most fields of a header: browsers send about 20, proxies add some."""
    body_bytes: int = 96 * 1024
    """Longest body: an offer of 64 KiB, and what JSON adds to it."""
    body_s: float = 10.0
    """Seconds that a body may take: an honest client needs far less for 96 KiB."""
    ticket_s: float = 60.0
    """Seconds that a ticket is good for: a browser must start and load the page."""
    ticket_bytes: int = 256
    """Longest body that trades a ticket: no token is asked for before it is read."""
    log_lines: int = 20
    """Lines of one kind that are logged a second: more than a page's pictures at its start."""
    log_line_chars: int = 8000
    """Longest line of the log, in characters: a traceback of a hundred calls."""


def sessions_for(device: str) -> int:
    """Drivers that a device carries at 20 frames a second or more: one on a CPU, four on a GPU."""
    return 1 if device in ON_PROCESSOR else 4
