// Countdown over the stage while the server learns the neutral face, with what it waits for.

import { CALIBRATION } from "./words.js";

const SILENT_MS = 3000; // without a message, after which the calibration has failed
const DONE_MS = 1400; // for which the success is shown

export class CalibrationView {
  /** root: the layer over the stage. failed: called when the server stays silent. */
  constructor(root, failed) {
    this.root = root;
    this.failed = failed;
    this.text = root.querySelector("p");
    this.count = root.querySelector("strong");
  }

  /** Opens the countdown, on the user's request; what the server learns by itself is not shown. */
  begin() {
    this.total = undefined;
    this.underWay = false;
    this.#show("look", Number.NaN);
  }

  /** Shows the server's message {state, left_s}. */
  update({ state, left_s: left }) {
    // A "done" that comes first is still about the calibration before.
    this.underWay ||= state !== "done";
    if (!this.root.hidden && this.underWay && !this.done) this.#show(state, left);
  }

  #show(state, left) {
    clearTimeout(this.timer);
    const done = (this.done = state === "done");
    this.root.hidden = false;
    this.root.dataset.state = state;
    this.total ??= left > 0 ? left : undefined;
    this.count.textContent = done ? "✓" : left > 0 ? Math.ceil(left) : "…";
    const share = done ? 1 : 1 - (left || this.total || 1) / (this.total || 1);
    this.root.style.setProperty("--share", share);
    // Written only when it changes, so that a screen reader does not repeat it twice a second.
    if (this.text.textContent !== CALIBRATION[state]) this.text.textContent = CALIBRATION[state];
    this.timer = setTimeout(() => this.#end(done), done ? DONE_MS : SILENT_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.root.hidden = true;
    this.text.textContent = "";
  }

  #end(done) {
    this.hide();
    if (!done) this.failed();
  }
}
