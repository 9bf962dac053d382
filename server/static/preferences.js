// The user's preferences, stored in this browser from one visit to the next.

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

/** Preferences that the server must know. */
const SENT = ["identity", "gains", "smoothing", "relative", "alpha", "measure"];

export class Preferences extends EventTarget {
  constructor() {
    super();
    this.values = { ...DEFAULTS, ...readStored() };
    this.knobs = [];
  }

  get(name) {
    return this.values[name];
  }

  /** Stores `changes`. Event: "change" (detail: the changes). */
  set(changes) {
    Object.assign(this.values, changes);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // With a full or forbidden store the choice holds for this visit only.
    }
    this.dispatchEvent(new CustomEvent("change", { detail: changes }));
  }

  /** The settings of a session, with the gains that the server's pack has. */
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

function readStored() {
  try {
    const read = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const same = ([name, value]) =>
      name in DEFAULTS && (DEFAULTS[name] === null || typeof value === typeof DEFAULTS[name]);
    return Object.fromEntries(Object.entries(read).filter(same));
  } catch {
    return {};
  }
}
