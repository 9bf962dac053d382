"""Runs a command in a network of its own, and reports whom it asked for or connected to.

    unshare --net --mount python -m tests.support.watched_network REPORT COMMAND...

Every address leads to this program, which answers each DNS question with one of its own. REPORT is
a JSON list of what was seen. Needs Linux, root and `ip`.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

_MS_BIND = 4096  # of mount(2)
_PORTS = (80, 443, 8080, 8443)


def name_asked_for(query: bytes) -> str:
    """The name in a DNS question (RFC 1035, section 4.1.2)."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += query[at] + 1
    return ".".join(labels)


def answer_to(query: bytes) -> bytes:
    """The answer that sends an IPv4 question to 127.0.0.1, and no other anywhere."""
    is_ipv4 = query[12:].split(b"\0", 1)[1][:2] == b"\0\1"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_ipv4 else b""
    end = query.index(b"\0", 12) + 5
    counts = b"\0\1" + (b"\0\1" if is_ipv4 else b"\0\0") + b"\0\0\0\0"
    return query[:2] + b"\x81\x80" + counts + query[12:end] + record


def watch_names(seen: list[str], ready: threading.Barrier) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        ready.wait()
        while True:
            query, asker = server.recvfrom(2048)
            seen.append(f"asked for {name_asked_for(query)}")
            server.sendto(answer_to(query), asker)


def watch_port(port: int, seen: list[str], ready: threading.Barrier) -> None:
    with socket.create_server(("0.0.0.0", port)) as server:
        ready.wait()
        while True:
            client, _ = server.accept()
            seen.append(f"connected to port {port}")
            client.close()


def make_network() -> None:
    """Lead every address to this machine, and every DNS question to 127.0.0.1."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo"], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write("nameserver 127.0.0.1\n")
    target = Path("/etc/resolv.conf").resolve()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(file.name.encode(), os.fsencode(target), None, _MS_BIND, None):
        raise OSError(ctypes.get_errno(), f"{target} could not be mounted over")


def main() -> int:
    report, command = Path(sys.argv[1]), sys.argv[2:]
    make_network()
    seen: list[str] = []
    ready = threading.Barrier(len(_PORTS) + 2)
    for port in _PORTS:
        threading.Thread(target=watch_port, args=(port, seen, ready), daemon=True).start()
    threading.Thread(target=watch_names, args=(seen, ready), daemon=True).start()
    ready.wait()
    code = subprocess.call(command)
    report.write_text(json.dumps(seen), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
