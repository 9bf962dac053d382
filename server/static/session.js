// A session with the server. When its connection is lost, the next one resumes it with the same
// identity and settings.

import { ApiError } from "./api.js";
import { Control } from "./control.js";
import { Peer } from "./peer.js";

const BACKOFF_S = [0.5, 1, 2, 4];
const RESUMABLE_MS = 60_000; // how long the server keeps a session that was cut off
const KEY = "reenact.session";

export class Session extends EventTarget {
  /**
   * settings: a function that returns the present settings. Events: "state" (detail: "starting",
   * "live", "reconnecting", "lost" or "ended"), "picture" (detail: stream), the server's "stats",
   * "calibration", "hint", "recording", "bye" and "err" (detail: the message), "gone" (detail: the "bye" that
   * came before), and "refused" (detail: the ApiError after which reconnecting is useless).
   */
  constructor(api, settings) {
    super();
    this.api = api;
    this.settings = settings;
    this.state = "ended";
    this.attempt = 0;
  }

  get running() {
    return this.state !== "ended";
  }

  /** The session's {id, secret} on the server, or null; it survives a crash of the page. */
  get ticket() {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  }

  /** Opens with `source`: {track, microphone, iceServers}. Raises ApiError. */
  async start(source) {
    this.source = source;
    this.goodbye = null;
    this.#setState("starting");
    try {
      await this.#connect();
    } catch (error) {
      if (!this.running) return; // the user stopped it meanwhile
      this.#drop();
      this.#setState("ended");
      throw error;
    }
  }

  /** Sends `track` from now on, also after a reconnection. */
  replace(track) {
    this.source = { ...this.source, track };
    return this.peer?.replace(track);
  }

  /** Sends changed settings. */
  set(settings) {
    this.control?.set(settings);
  }

  calibrate() {
    return this.control?.calibrate() ?? false;
  }

  /** Ends the session here and, where the server still answers, there too. */
  stop() {
    const ticket = this.ticket;
    this.#forget();
    clearTimeout(this.retryTimer);
    this.#drop();
    this.#setState("ended");
    if (ticket) this.api.close(ticket).catch(() => {});
  }

  /** Reconnects at once, without waiting for the next attempt. */
  reconnect() {
    clearTimeout(this.retryTimer);
    this.lostAt = performance.now();
    this.#tryAgain();
  }

  async #connect() {
    const { track, microphone, iceServers } = this.source;
    const peer = new Peer(track, microphone, iceServers);
    const control = new Control(peer.channel);
    this.#drop();
    this.peer = peer;
    this.control = control;
    peer.addEventListener("track", ({ detail }) => this.#emit("picture", detail));
    peer.addEventListener("connected", () => this.#connected(peer));
    peer.addEventListener("lost", () => this.#lost(peer));
    control.addEventListener("silent", () => this.#lost(peer));
    this.#forward(control);
    const opened = await peer.connect((sdp) => this.#openOrResume(sdp));
    if (this.running) this.#remember(opened);
    else this.api.close(opened).catch(() => {});
  }

  async #openOrResume(sdp) {
    const ticket = this.ticket;
    try {
      return await this.api.open(sdp, this.settings(), ticket);
    } catch (error) {
      const unknown = error instanceof ApiError && [403, 404, 409, 410].includes(error.status);
      if (!ticket || !unknown) throw error;
      this.#forget(); // the server no longer has it: open a new one
      return this.api.open(sdp, this.settings());
    }
  }

  #forward(control) {
    for (const name of ["stats", "calibration", "hint", "recording", "err"]) {
      control.addEventListener(name, ({ detail }) => this.#emit(name, detail));
    }
    // After "bye" the session continues until the server closes the connection.
    control.addEventListener("bye", ({ detail }) => {
      this.goodbye = detail;
      this.#emit("bye", detail);
    });
  }

  #connected(peer) {
    if (peer !== this.peer) return;
    this.attempt = 0;
    this.lostAt = undefined;
    this.#setState("live");
  }

  #lost(peer) {
    if (peer !== this.peer || !this.running) return;
    if (this.goodbye) return this.#leave(this.goodbye);
    this.lostAt ??= performance.now();
    this.#drop();
    const tried = performance.now() - this.lostAt;
    if (tried > RESUMABLE_MS) return this.#setState("lost");
    this.#wait(BACKOFF_S[Math.min(this.attempt, BACKOFF_S.length - 1)]);
  }

  #leave(goodbye) {
    this.stop();
    this.#emit("gone", goodbye);
  }

  #wait(seconds) {
    this.#setState("reconnecting");
    this.retryTimer = setTimeout(() => this.#tryAgain(), seconds * 1000);
  }

  async #tryAgain() {
    this.attempt += 1;
    this.#setState("reconnecting");
    try {
      await this.#connect();
    } catch (error) {
      const final = error instanceof ApiError && [400, 401, 413, 415, 421].includes(error.status);
      if (final) this.stop();
      else this.#lost(this.peer);
      if (final) this.#emit("refused", error);
    }
  }

  #drop() {
    this.control?.close();
    this.peer?.close();
  }

  #remember({ id, secret }) {
    sessionStorage.setItem(KEY, JSON.stringify({ id, secret }));
  }

  #forget() {
    sessionStorage.removeItem(KEY);
  }

  #setState(state) {
    this.state = state;
    this.#emit("state", state);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
