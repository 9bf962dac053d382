// The toolbar: buttons and switches for stream, picture and page, and their keyboard shortcuts.

import { listenForShortcuts } from "./shortcuts.js";
import { Stage } from "./stage.js";

const THEMES = { auto: "system", light: "light", dark: "dark" };

export class Toolbar {
  /** acts: functions start, calibrate and addRandomFace. */
  constructor(root, { preferences, stage, gallery, recording, acts }) {
    this.find = (id) => root.querySelector(`#${id}`);
    this.preferences = preferences;
    const help = this.find("help-dialog");
    const all = {
      ...acts,
      record: () => recording.toggle(),
      mirror: () => this.#toggle("mirror"),
      measure: () => this.#toggle("measure"),
      reference: () => this.#toggle("relative"),
      layout: () => preferences.set({ layout: Stage.next(preferences.get("layout")) }),
      fullscreen: () => stage.toggleFullScreen().catch(() => {}),
      theme: () => preferences.set({ theme: next(preferences.get("theme"), Object.keys(THEMES)) }),
      help: () => help.showModal(),
      previous: () => gallery.step(-1),
      next: () => gallery.step(1),
    };
    for (const id of ["start", "calibrate", "mirror", "fullscreen", "theme", "help"]) this.#onClick(id, all[id]);
    this.#onClick("random", acts.addRandomFace);
    this.find("fullscreen").hidden = !document.fullscreenEnabled;
    this.#bind();
    listenForShortcuts(all, () => preferences.get("shortcuts"));
    preferences.addEventListener("change", () => this.update());
    this.update();
  }

  /** Shows the session's state on the buttons. */
  showState(state) {
    const start = this.find("start");
    const on = state !== "ended";
    start.classList.toggle("running", on);
    start.querySelector("span").textContent = on ? "Stop" : "Start";
    start.querySelector("use").setAttribute("href", `static/icons.svg#${on ? "stop" : "play"}`);
    for (const id of ["calibrate", "record"]) this.find(id).disabled = state !== "live";
  }

  /** Lists `cameras`, [{id, label}], behind the default one. */
  showCameras(cameras) {
    const select = this.find("camera");
    const options = cameras.map(({ id, label }) => new Option(label, id));
    select.replaceChildren(new Option("Default camera", ""), ...options);
    select.value = this.preferences.get("camera");
    if (select.selectedIndex < 0) select.value = "";
  }

  /** Shows the preferences on the controls. */
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

  #onClick(id, act) {
    this.find(id).addEventListener("click", () => act());
  }

  #toggle(name) {
    this.preferences.set({ [name]: !this.preferences.get(name) });
  }
}

/** The value after `value`, around the end. */
function next(value, values) {
  return values[(values.indexOf(value) + 1) % values.length];
}
