// A session with the server, over as many connections as it takes: when one is lost, the next
// resumes it, with its identity and settings.

import { ApiError } from "./api.js";
import { Control } from "./control.js";
import { Peer } from "./peer.js";

const BACKOFF_S = [0.5, 1, 2, 4];
const RESUMABLE_MS = 60_000; // how long the server keeps a session that was cut off
const KEY = "reenact.session";

export class Session extends EventTarget {
  /**
   * settings: a function that returns the settings of now. Events: "state" (detail: "starting",
   * "live", "reconnecting", "lost", "ended"), "picture" (detail: stream), and the server's
   * "stats", "calibration", "hint", "bye", "err" (detail: the message), "gone" (detail: the
   * farewell that came before), and "refused" (detail:
   * ApiError) when a reconnection has no point.
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

  /** {id, secret} of the session on the server, or null; outlives a crash of the page. */
  get ticket() {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  }

  /** Opens with `source`: {track, microphone, iceServers}. Raises ApiError. */
  async start(source) {
    this.source = source;
    this.farewell = null;
    this.#enter("starting");
    try {
      await this.#connect();
    } catch (error) {
      if (!this.running) return; // stopped by the person, which is no failure
      this.#drop();
      this.#enter("ended");
      throw error;
    }
  }

  /** Sends another track from now on, also after a reconnection. */
  replace(track) {
    this.source = { ...this.source, track };
    return this.peer?.replace(track);
  }

  set(settings) {
    this.control?.set(settings);
  }

  calibrate() {
    return this.control?.calibrate() ?? false;
  }

  /** Ends the session here and, as far as the server still answers, there. */
  stop() {
    const ticket = this.ticket;
    this.#forget();
    clearTimeout(this.retry);
    this.#drop();
    this.#enter("ended");
    if (ticket) this.api.close(ticket).catch(() => {});
  }

  /** Connects anew at once, instead of when the wait is over. */
  reconnect() {
    clearTimeout(this.retry);
    this.lostAt = performance.now();
    this.#again();
  }

  async #connect() {
    const { track, microphone, iceServers } = this.source;
    const peer = new Peer(track, microphone, iceServers);
    const control = new Control(peer.channel);
    this.#drop();
    this.peer = peer;
    this.control = control;
    peer.addEventListener("track", ({ detail }) => this.#tell("picture", detail));
    peer.addEventListener("connected", () => this.#connected(peer));
    peer.addEventListener("lost", () => this.#lost(peer));
    control.addEventListener("silent", () => this.#lost(peer));
    this.#pass(control);
    const opened = await peer.connect((sdp) => this.#open(sdp));
    if (this.running) this.#remember(opened);
    else this.api.close(opened).catch(() => {});
  }

  async #open(sdp) {
    const ticket = this.ticket;
    try {
      return await this.api.open(sdp, this.settings(), ticket);
    } catch (error) {
      const unknown = error instanceof ApiError && [403, 404, 409, 410].includes(error.status);
      if (!ticket || !unknown) throw error;
      this.#forget(); // the server no longer has it: begin anew
      return this.api.open(sdp, this.settings());
    }
  }

  #pass(control) {
    for (const name of ["stats", "calibration", "hint", "err"]) {
      control.addEventListener(name, ({ detail }) => this.#tell(name, detail));
    }
    // The server leaves its people some time: the session ends when the connection does.
    control.addEventListener("bye", ({ detail }) => {
      this.farewell = detail;
      this.#tell("bye", detail);
    });
  }

  #connected(peer) {
    if (peer !== this.peer) return;
    this.attempt = 0;
    this.lostAt = undefined;
    this.#enter("live");
  }

  #lost(peer) {
    if (peer !== this.peer || !this.running) return;
    if (this.farewell) return this.#leave(this.farewell);
    this.lostAt ??= performance.now();
    this.#drop();
    const tried = performance.now() - this.lostAt;
    if (tried > RESUMABLE_MS) return this.#enter("lost");
    this.#wait(BACKOFF_S[Math.min(this.attempt, BACKOFF_S.length - 1)]);
  }

  #leave(farewell) {
    this.stop();
    this.#tell("gone", farewell);
  }

  #wait(seconds) {
    this.#enter("reconnecting");
    this.retry = setTimeout(() => this.#again(), seconds * 1000);
  }

  async #again() {
    this.attempt += 1;
    this.#enter("reconnecting");
    try {
      await this.#connect();
    } catch (error) {
      const final = error instanceof ApiError && [400, 401, 413, 415, 421].includes(error.status);
      if (final) this.stop();
      else this.#lost(this.peer);
      if (final) this.#tell("refused", error);
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

  #enter(state) {
    this.state = state;
    this.#tell("state", state);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
