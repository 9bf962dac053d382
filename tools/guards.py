"""The guards whose removal a test must notice: the line of each, what stands there without it, and
its tests. Pure data; `mutate_guards.py` tries them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """One line of code that keeps something out."""

    file: str
    """Its file, from the root."""
    line: str
    """Text that stands once in the file."""
    without: str
    """What stands there when the guard is gone."""
    tests: str
    """Test files that must fail then, and options of pytest, separated by spaces."""
    equivalent: str = ""
    """Why nothing changes without it; empty when something does."""

    def __str__(self) -> str:
        return f"{self.file}: {self.line.strip()}"


GUARDS = (
    Guard(
        "server/web/guard.py",
        "        _check_encoding(request)\n",
        "",
        "tests/server/web/test_connection.py",
    ),
    Guard(
        "server/web/guard.py",
        "        self._check_host(request)\n",
        "",
        "tests/server/web/test_guard.py",
    ),
    Guard(
        "server/web/guard.py",
        "        self._check_origin(request)\n",
        "",
        "tests/server/web/test_guard.py",
    ),
    Guard(
        "server/web/guard.py",
        "        self._check_token(request)\n",
        "",
        "tests/server/web/test_guard.py",
    ),
    Guard(
        "server/web/guard.py",
        "        _check_body(request)\n",
        "",
        "tests/server/web/test_guard.py",
    ),
    Guard(
        "server/web/guard.py",
        '"/readyz", ',
        '"/readyz", "/metrics", ',
        "tests/server/web/test_guard.py",
    ),
    Guard(
        "server/web/guard.py",
        " or place != request.headers[hdrs.HOST].lower()",
        "",
        "tests/server/web/test_guard.py",
    ),
    Guard(
        "server/web/guard.py",
        'if scheme.lower() != "bearer" or not known',
        "if not known",
        "tests/server/web/test_guard.py",
    ),
    Guard(
        "server/web/tickets.py",
        "                del self._valid[ticket]\n",
        "",
        "tests/server/web/test_tickets.py",
    ),
    Guard(
        "server/web/tickets.py",
        " if now < until}",
        "}",
        "tests/server/web/test_tickets.py",
    ),
    Guard(
        "server/web/connection.py",
        "auto_decompress=False",
        "auto_decompress=True",
        "tests/server/web/test_connection.py",
    ),
    Guard(
        "server/web/connection.py",
        "        if self.idle:\n            self.drop()",
        "        pass",
        "tests/server/web/test_connection.py",
    ),
    Guard(
        "server/web/connection.py",
        "        if idle and not self._fits(data):",
        "        if False:",
        "tests/server/web/test_connection.py",
    ),
    Guard(
        "server/web/front_door.py",
        "len(self._inside) >= self._most and ",
        "False and ",
        "tests/server/web/test_front_door.py",
    ),
    Guard(
        "server/bounded_log.py",
        "if self._seen[place] <= self._limits.log_lines",
        "if True",
        "tests/server/test_bounded_log.py",
    ),
    Guard(
        "server/service_settings.py",
        "if not _is_loopback(self.host) and self.tls_cert is None",
        "if False",
        "tests/server/test_service_settings.py",
    ),
    Guard(
        "server/service_settings.py",
        "len(self.token) < LEAST_TOKEN or ",
        "",
        "tests/server/test_service_settings.py",
    ),
    Guard(
        "server/service_settings.py",
        "if _is_any(self.host) and not self.hosts",
        "if False",
        "tests/server/test_service_settings.py",
    ),
    Guard(
        "server/webrtc/offer_bounds.py",
        "if len(lines) > limits.offer_lines",
        "if False",
        "tests/server/webrtc/test_offer_bounds.py",
    ),
    Guard(
        "server/webrtc/offer_bounds.py",
        "if number in mapped",
        "if False",
        "tests/server/webrtc/test_offer_bounds.py",
    ),
    Guard(
        "server/webrtc/sdp.py",
        "count >= most or ",
        "",
        "tests/server/webrtc/test_offers.py",
    ),
    Guard(
        "server/webrtc/sdp.py",
        "address.is_link_local or ",
        "",
        "tests/server/webrtc/test_offers.py",
    ),
    Guard(
        "server/webrtc/sdp.py",
        "(address.is_loopback and not loopback)",
        "False",
        "tests/server/webrtc/test_offers.py",
    ),
    Guard(
        "server/webrtc/sdp.py",
        "return 1024 <= int",
        "return 0 <= int",
        "tests/server/webrtc/test_offers.py",
    ),
    Guard(
        "server/webrtc/decoding.py",
        "if width * height > _LIMITS.coded_pixels",
        "if False",
        "tests/server/webrtc/test_decoding.py",
    ),
    Guard(
        "server/webrtc/aiortc_patches.py",
        "    _bound_datagrams(Limits())\n",
        "",
        "tests/server/sessions/test_memory.py",
    ),
    Guard(
        "server/webrtc/aiortc_patches.py",
        "    _bound_messages(Limits())\n",
        "",
        "tests/server/webrtc/test_aiortc_patches.py",
    ),
    Guard(
        "server/sessions/admission.py",
        " or not secrets_match(saved[0].secret, wanted.secret)",
        "",
        "tests/server/sessions/test_sessions.py",
    ),
    Guard(
        "server/sessions/control_channel.py",
        "if self._rate.per_s() > self._limits.messages_per_s",
        "if False",
        "tests/server/sessions/test_control_channel.py",
    ),
    Guard(
        "server/sessions/control_channel.py",
        " or len(message) > self._limits.message_bytes",
        "",
        "tests/server/sessions/test_control_channel.py",
    ),
    Guard(
        "engines/onnx_file.py",
        "            self._check()\n",
        "            pass\n",
        "tests/engines/test_refused_nets.py tests/engines/test_onnx_file.py",
    ),
    Guard(
        "engines/onnx_file.py",
        'part.name == "external_data" or ',
        "",
        "tests/engines/test_refused_nets.py tests/engines/test_onnx_file.py",
    ),
    Guard(
        "engines/sealed_folder.py",
        "            _check_folder(self.path)\n",
        "",
        "tests/engines/test_sealed_folder.py",
    ),
    Guard(
        "engines/sealed_folder.py",
        "if not hmac.compare_digest(tag, self._tag(name, body))",
        "if False",
        "tests/engines/test_sealed_folder.py",
    ),
    Guard(
        "engines/sealed_folder.py",
        'name.encode() + b"\\0"',
        'b""',
        "tests/engines/test_sealed_folder.py",
    ),
    Guard(
        "reenact/checkpoints/restricted_pickle.py",
        'if f"{module}.{name}" not in self._stand_ins',
        "if False",
        "tests/reenact/checkpoints/test_evil.py",
    ),
    Guard(
        "reenact/checkpoints/restricted_pickle.py",
        "if length > self._length",
        "if False",
        "tests/reenact/checkpoints/test_hostile.py",
    ),
    Guard(
        "reenact/checkpoints/module_tree.py",
        "if id(node) in met",
        "if len(met) > 99",
        "tests/reenact/checkpoints/test_hostile.py",
    ),
    Guard(
        "reenact/checkpoints/slots.py",
        "if needed > size",
        "if False",
        "tests/reenact/checkpoints/test_hostile.py",
    ),
    Guard(
        "reenact/checkpoints/container.py",
        "        check_every_byte(stream)\n",
        "        pass\n",
        "tests/reenact/checkpoints/test_torch_zip.py",
    ),
    Guard(
        "reenact/checkpoints/bounded_reader.py",
        "    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))\n",
        "",
        "tests/reenact/checkpoints/test_rehearsal.py",
    ),
    Guard(
        "reenact/checkpoints/bounded_reader.py",
        "        resource.setrlimit(resource.RLIMIT_AS, (most, most))\n",
        "        pass\n",
        "tests/reenact/checkpoints/test_rehearsal.py",
    ),
    Guard(
        "server/webrtc/offer_bounds.py",
        "if len(line) > _LIMITS.line_chars",
        "if False",
        "tests/server/webrtc/test_offer_bounds.py",
    ),
    Guard(
        "server/webrtc/offer_bounds.py",
        "if sections > _LIMITS.sections",
        "if False",
        "tests/server/webrtc/test_offer_bounds.py",
    ),
    Guard(
        "server/webrtc/offer_bounds.py",
        'if seen["for all"] > _LIMITS.feedback_for_all',
        "if False",
        "tests/server/webrtc/test_offer_bounds.py",
    ),
    Guard(
        "server/webrtc/offer_bounds.py",
        "if len(line.split()) > 3 + _LIMITS.payload_types",
        "if False",
        "tests/server/webrtc/test_offer_bounds.py",
    ),
    Guard(
        "server/sessions/admission.py",
        "        taken = [*present, *self._opening]\n",
        "        taken = [*present]\n",
        "tests/server/sessions/test_sessions.py",
    ),
)
