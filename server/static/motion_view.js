// The motion controls: a gain for each group of axes, smoothing, and absolute or relative motion.

export class MotionView {
  /** preferences: shown at once, and written whenever a control moves. */
  constructor(root, preferences) {
    this.root = root;
    this.preferences = preferences;
    this.gains = root.querySelector("#gains");
    this.smoothing = root.querySelector("#smoothing");
    this.alpha = root.querySelector("#alpha");
    this.smoothing.addEventListener("input", () => preferences.set({ smoothing: this.smoothing.valueAsNumber }));
    this.alpha.addEventListener("input", () => preferences.set({ alpha: this.alpha.valueAsNumber }));
    root.addEventListener("change", ({ target }) => {
      if (target.name === "reference") preferences.set({ relative: target.value === "relative" });
    });
    root.querySelector("#reset-motion").addEventListener("click", () => this.#reset());
    preferences.addEventListener("change", () => this.update());
  }

  /** Shows a slider for each of `groups`, [{name, label}]; none for packs without gains. */
  show(groups) {
    this.preferences.knobs = groups.map((group) => group.name);
    this.gains.replaceChildren(...groups.map((group) => this.#buildGain(group)));
    this.gains.closest("section").hidden = !groups.length;
    this.update();
  }

  update() {
    const { gains, smoothing, relative, alpha } = this.preferences.values;
    for (const slider of this.gains.querySelectorAll("input")) setSlider(slider, gains[slider.name] ?? 1);
    setSlider(this.smoothing, smoothing);
    setSlider(this.alpha, alpha);
    this.alpha.disabled = !relative;
    const reference = this.root.querySelector(`[name=reference][value=${relative ? "relative" : "absolute"}]`);
    reference.checked = true;
  }

  #buildGain({ name, label }) {
    const row = document.createElement("label");
    row.className = "slider";
    const text = document.createElement("span");
    text.textContent = label;
    const value = document.createElement("output");
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", name, min: "0", max: "2", step: "0.05" });
    slider.setAttribute("aria-label", `${label}: strength`);
    slider.addEventListener("input", () => {
      const gains = { ...this.preferences.get("gains"), [name]: slider.valueAsNumber };
      this.preferences.set({ gains });
    });
    row.append(text, value, slider);
    return row;
  }

  #reset() {
    const names = Array.from(this.gains.querySelectorAll("input"), (slider) => slider.name);
    const gains = Object.fromEntries(names.map((name) => [name, 1]));
    this.preferences.set({ gains, smoothing: 1, relative: false, alpha: 1 });
  }
}

/** Moves a slider, fills its track up to there, and shows the value as a percentage. */
function setSlider(slider, value) {
  slider.value = value;
  const percent = Math.round(slider.valueAsNumber * 100);
  slider.style.setProperty("--filled", slider.valueAsNumber / Number(slider.max));
  slider.setAttribute("aria-valuetext", `${percent} percent`);
  slider.parentElement.querySelector("output").textContent = `${percent} %`;
}
