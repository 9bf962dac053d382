// What is going on, in words: connection, face, device, hints; seen, and heard by screen readers.

import { CONNECTION, DEVICES, FACE } from "./words.js";

const SETTLED_MS = 800; // a state that passes sooner is not spoken
const TOAST_MS = 6000;

export class StateView {
  constructor(root) {
    const find = (id) => root.querySelector(`#${id}`);
    this.pill = find("state");
    this.announcer = find("announcer");
    this.toastBox = find("toast");
    this.device = find("device");
    this.hintBox = find("hint");
    this.about = find("description");
    this.pack = find("pack");
    this.attribution = find("attribution");
  }

  /** Who and what answers: pack, licence, device. */
  introduce({ pack, device, device_reason: reason, version }) {
    this.pack.textContent = pack.name;
    const about = `${pack.name}, ${pack.size} × ${pack.size}, ${pack.licence}`;
    this.attribution.textContent = `reenact ${version}. Pack ${about}. ${pack.attribution ?? ""}`;
    const name = document.createElement("b");
    name.textContent = DEVICES[device] ?? device.toUpperCase();
    this.device.replaceChildren("Runs on ", name, reason ? `: ${reason}. ` : ". ");
  }

  describe({ name, description = "" }) {
    const bold = document.createElement("b");
    bold.textContent = name;
    this.about.replaceChildren(bold, description && ` · ${description}`);
  }

  connection(state) {
    this.live = state === "live";
    if (!this.live) this.hint(0);
    this.#show(CONNECTION[state]);
  }

  /** One of "tracked", "held", "easing", "idle". */
  face(state) {
    if (this.live && FACE[state]) this.#show(FACE[state]);
  }

  hint(fps) {
    this.hintBox.textContent = fps ? `The server is busy: sending at most ${fps} pictures a second.` : "";
  }

  /** A sentence for a few seconds, with a link it leads to or without. */
  toast(sentence, link) {
    clearTimeout(this.toastTimer);
    this.toastBox.replaceChildren(sentence, ...(link ? [link] : []));
    if (!link) this.toastTimer = setTimeout(() => this.toastBox.replaceChildren(), TOAST_MS);
    else link.addEventListener("click", () => setTimeout(() => this.toastBox.replaceChildren(), TOAST_MS));
  }

  #show({ text, tone }) {
    const words = this.pill.querySelector("span");
    this.pill.dataset.tone = tone;
    if (words.textContent === text) return;
    words.textContent = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.announcer.textContent = text), SETTLED_MS);
  }
}
