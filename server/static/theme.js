// The theme: light, dark or the system's. A plain script, so that it runs before the first paint.

globalThis.reenactTheme = (() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "auto";
  try {
    chosen = JSON.parse(localStorage.getItem("reenact.preferences") ?? "{}").theme ?? "auto";
  } catch {
    // Unreadable preferences count as none.
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
