// The control channel: sends a ping each second and settings in batches, and emits the server's
// messages as events of the same name.

const PING_MS = 1000;
const SILENT_MS = 3000;
const SILENT_HIDDEN_MS = 90_000; // timers of a hidden page may run once a minute
const GATHER_SETTINGS_MS = 50;

export class Control extends EventTarget {
  /** Events: those of the server's messages (detail: the message), and "silent". */
  constructor(channel) {
    super();
    this.channel = channel;
    this.version = 0;
    this.waiting = {};
    this.heardAt = performance.now();
    this.roundTripMs = null;
    channel.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    channel.onopen = () => this.#flush();
    this.pinger = setInterval(() => this.#ping(), PING_MS);
  }

  /** Sends `settings` within 50 ms, together with what changes until then. */
  set(settings) {
    this.waiting = { ...this.waiting, ...settings };
    this.timer ??= setTimeout(() => this.#flush(), GATHER_SETTINGS_MS);
  }

  /** Asks for a new calibration; false when the channel is not open. */
  calibrate() {
    return this.#send({ t: "calibrate" });
  }

  close() {
    clearInterval(this.pinger);
    clearTimeout(this.timer);
    this.channel.onmessage = null;
  }

  #flush() {
    this.timer = undefined;
    if (!Object.keys(this.waiting).length) return;
    const message = { t: "set", v: this.version + 1, ...this.waiting };
    if (!this.#send(message)) return; // the channel flushes once it opens
    this.version += 1;
    this.waiting = {};
  }

  #ping() {
    const now = performance.now();
    const patience = document.hidden ? SILENT_HIDDEN_MS : SILENT_MS;
    if (this.channel.readyState !== "open") this.heardAt = now;
    else if (now - this.heardAt > patience) this.dispatchEvent(new CustomEvent("silent"));
    this.#send({ t: "ping", c: now });
  }

  #receive(message) {
    this.heardAt = performance.now();
    if (message.t === "pong") this.roundTripMs = this.heardAt - message.c;
    this.dispatchEvent(new CustomEvent(message.t, { detail: message }));
  }

  #send(message) {
    if (this.channel.readyState !== "open") return false;
    this.channel.send(JSON.stringify(message));
    return true;
  }
}
