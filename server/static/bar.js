// The buttons and switches that are not about the face, and the keys that do the same.

import { listenForShortcuts } from "./shortcuts.js";
import { Stage } from "./stage.js";

const THEMES = { auto: "as the system", light: "light", dark: "dark" };

export class Bar {
  /** acts: start, calibrate, newFace. */
  constructor(root, { preferences, stage, gallery, recording, acts }) {
    this.find = (id) => root.querySelector(`#${id}`);
    this.preferences = preferences;
    const help = this.find("help-dialog");
    const all = {
      ...acts,
      record: () => recording.toggle(),
      mirror: () => this.#flip("mirror"),
      measure: () => this.#flip("measure"),
      reference: () => this.#flip("relative"),
      layout: () => preferences.set({ layout: Stage.next(preferences.get("layout")) }),
      fullscreen: () => stage.toggleFullScreen().catch(() => {}),
      theme: () => preferences.set({ theme: after(preferences.get("theme"), Object.keys(THEMES)) }),
      help: () => help.showModal(),
      previous: () => gallery.step(-1),
      next: () => gallery.step(1),
    };
    for (const id of ["start", "calibrate", "mirror", "fullscreen", "theme", "help"]) this.#press(id, all[id]);
    this.#press("random", acts.newFace);
    this.find("fullscreen").hidden = !document.fullscreenEnabled;
    this.#bind();
    listenForShortcuts(all, () => preferences.get("shortcuts"));
    preferences.addEventListener("change", () => this.update());
    this.update();
  }

  /** Fits the buttons to the session's state. */
  running(state) {
    const start = this.find("start");
    const on = state !== "ended";
    start.classList.toggle("running", on);
    start.querySelector("span").textContent = on ? "Stop" : "Start";
    start.querySelector("use").setAttribute("href", `static/icons.svg#${on ? "stop" : "play"}`);
    for (const id of ["calibrate", "record"]) this.find(id).disabled = state !== "live";
  }

  /** cameras: [{id, label}]. */
  cameras(cameras) {
    const select = this.find("camera");
    const options = cameras.map(({ id, label }) => new Option(label, id));
    select.replaceChildren(new Option(cameras.length ? "Any camera" : "No camera yet", ""), ...options);
    select.value = this.preferences.get("camera");
    if (select.selectedIndex < 0) select.value = "";
  }

  update() {
    const { mirror, layout, theme, microphone, measure, shortcuts } = this.preferences.values;
    this.find("mirror").setAttribute("aria-pressed", mirror);
    this.find(`layout [value=${layout}]`).checked = true;
    this.find("theme").setAttribute("aria-label", `Theme: ${THEMES[theme]}`);
    this.find("theme").title = `Theme: ${THEMES[theme]} (T)`;
    Object.assign(this.find("microphone"), { checked: microphone });
    Object.assign(this.find("measure"), { checked: measure });
    Object.assign(this.find("shortcuts"), { checked: shortcuts });
    globalThis.reenactTheme(theme);
  }

  #bind() {
    for (const name of ["microphone", "measure", "shortcuts"]) {
      this.find(name).addEventListener("change", ({ target }) => this.preferences.set({ [name]: target.checked }));
    }
    this.find("camera").addEventListener("change", ({ target }) => this.preferences.set({ camera: target.value }));
    this.find("layout").addEventListener("change", ({ target }) => this.preferences.set({ layout: target.value }));
  }

  #press(id, act) {
    this.find(id).addEventListener("click", () => act());
  }

  #flip(name) {
    this.preferences.set({ [name]: !this.preferences.get(name) });
  }
}

function after(value, values) {
  return values[(values.indexOf(value) + 1) % values.length];
}
