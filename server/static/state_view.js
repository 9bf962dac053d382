// The state in words: connection, face, device and hints, shown and announced to screen readers.

import { CONNECTION, DEVICES, FACE } from "./words.js";

const SETTLED_MS = 800; // a state that passes sooner is not announced
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

  /** Shows the server's pack, licence and device. */
  introduce({ pack, device, device_reason: reason, version }) {
    this.pack.textContent = pack.name;
    const about = `${pack.name}, ${pack.size} × ${pack.size}, ${pack.licence}`;
    this.attribution.textContent = `reenact ${version}. Pack ${about}. ${pack.attribution ?? ""}`;
    const name = document.createElement("b");
    name.textContent = DEVICES[device] ?? device.toUpperCase();
    this.device.replaceChildren("Runs on ", name, reason ? `: ${reason}. ` : ". ");
  }

  /** Shows the name and description of the chosen identity. */
  describe({ name, description = "" }) {
    const bold = document.createElement("b");
    bold.textContent = name;
    this.about.replaceChildren(bold, description && ` · ${description}`);
  }

  /** Shows the state of the session. */
  showConnection(state) {
    this.live = state === "live";
    if (!this.live) this.showHint(0);
    this.#show(CONNECTION[state]);
  }

  /** Shows the state of the face: "tracked", "held", "easing" or "idle". */
  showFace(state) {
    if (this.live && FACE[state]) this.#show(FACE[state]);
  }

  /** Shows the frame rate that the server asks for; 0 for no limit. */
  showHint(fps) {
    this.hintBox.textContent = fps ? `The server is busy: your camera is limited to ${fps} frames per second.` : "";
  }

  /** Shows a sentence for a few seconds, or one with a link until that is followed. */
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
