// Light, dark, or as the system has it, settled before the first paint: a plain script on purpose.

globalThis.reenactTheme = (() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "auto";
  try {
    chosen = JSON.parse(localStorage.getItem("reenact.preferences") ?? "{}").theme ?? "auto";
  } catch {
    // Unreadable choices are no choices.
  }

  const apply = (theme) => {
    chosen = theme;
    const system = dark.matches ? "dark" : "light";
    document.documentElement.dataset.theme = theme === "auto" ? system : theme;
  };

  dark.addEventListener("change", () => apply(chosen));
  apply(chosen);
  return apply;
})();
