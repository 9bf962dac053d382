// What a person has chosen, kept in this browser from one visit to the next.

const KEY = "reenact.preferences";

const DEFAULTS = {
  identity: null,
  gains: {},
  smoothing: 1,
  relative: false,
  alpha: 1,
  measure: true,
  mirror: true,
  layout: "inset",
  theme: "auto",
  camera: "",
  microphone: false,
  shortcuts: true,
};

/** Those choices that the server must know. */
const SENT = ["identity", "gains", "smoothing", "relative", "alpha", "measure"];

export class Preferences extends EventTarget {
  constructor() {
    super();
    this.values = { ...DEFAULTS, ...stored() };
    this.knobs = [];
  }

  get(name) {
    return this.values[name];
  }

  /** Stores `changes` and tells listeners: event "change", detail = changes. */
  set(changes) {
    Object.assign(this.values, changes);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // A full or forbidden store costs the memory of the choice, not the choice.
    }
    this.dispatchEvent(new CustomEvent("change", { detail: changes }));
  }

  /** The settings of a session, as a server with gains of `knobs` takes them. */
  settings() {
    const here = Object.entries(this.get("gains")).filter(([name]) => this.knobs.includes(name));
    return sentPart({ ...this.values, gains: Object.fromEntries(here) });
  }
}

/** The part of `changes` that the server must know. */
export function sentPart(changes) {
  const pairs = SENT.filter((name) => name in changes).map((name) => [name, changes[name]]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== null));
}

function stored() {
  try {
    const read = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const same = ([name, value]) =>
      name in DEFAULTS && (DEFAULTS[name] === null || typeof value === typeof DEFAULTS[name]);
    return Object.fromEntries(Object.entries(read).filter(same));
  } catch {
    return {};
  }
}
