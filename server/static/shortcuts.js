// Single keys for what the mouse does; off while a person types, or when they are switched off.

/** key: the id of the button that it presses, or the name of an act. */
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

/** Calls acts[name] for a key of SHORTCUTS while `enabled()`. */
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
