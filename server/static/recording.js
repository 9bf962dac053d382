// Recording: the server writes a file, and the page downloads it when it is finished.

import { clock } from "./words.js";

export class Recording {
  /** button: the switch. api, session: what is recorded. tell: shows a sentence, or one with a link. */
  constructor(button, api, session, tell) {
    this.button = button;
    this.api = api;
    this.session = session;
    this.tell = tell;
    this.on = false;
    this.text = button.querySelector("span");
    button.addEventListener("click", () => this.toggle());
  }

  async toggle() {
    if (this.busy || !this.session.ticket) return;
    this.busy = true;
    try {
      await (this.on ? this.#finish() : this.#begin());
    } catch (error) {
      this.#show(false);
      this.tell(error.message);
    } finally {
      this.busy = false;
    }
  }

  /** Shows that nothing is recorded: the session ended, and its recording with it. */
  reset() {
    this.#show(false);
  }

  /** Fetches a recording that the server ended itself. */
  end() {
    if (this.on) return this.toggle();
  }

  async #begin() {
    await this.api.record(this.session.ticket, true);
    this.#show(true);
  }

  async #finish() {
    const ticket = this.session.ticket;
    const { note } = await this.api.record(ticket, false);
    this.#show(false);
    this.tell("Preparing the recording…");
    const file = await this.api.recording(ticket);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `reenact-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.mp4`;
    link.textContent = `Download (${(file.size / 1e6).toFixed(1)} MB)`;
    this.tell(note ? `The recording is ready, but ${note}.` : "The recording is ready.", link);
    link.click();
  }

  #show(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", on);
    clearInterval(this.timer);
    this.text.textContent = on ? "0:00" : "Record";
    const since = performance.now();
    const tick = () => (this.text.textContent = clock((performance.now() - since) / 1000));
    if (on) this.timer = setInterval(tick, 500);
  }
}
