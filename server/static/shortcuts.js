// Keyboard shortcuts: single keys, ignored while the user types or has them switched off.

/** The act of each key. */
export const SHORTCUTS = {
  s: "start",
  n: "calibrate",
  r: "record",
  m: "mirror",
  l: "layout",
  f: "fullscreen",
  a: "reference",
  d: "measure",
  t: "theme",
  "[": "previous",
  "]": "next",
  "?": "help",
};

const TYPED_INTO = "select, textarea, input:not([type=radio], [type=checkbox], [type=range])";

/** Calls the function in `acts` that a key of SHORTCUTS names, while `enabled()`. */
export function listenForShortcuts(acts, enabled) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !enabled()) return;
    const typing = event.target instanceof Element && event.target.closest(TYPED_INTO);
    if (typing || document.querySelector("dialog[open]")) return;
    const name = SHORTCUTS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!name) return;
    event.preventDefault();
    acts[name]();
  });
}
