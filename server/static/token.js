// The key that the server prints at its start: it arrives in the address' fragment, which no server
// and no log ever sees, and stays in this tab alone.

const KEY = "reenact.token";

/** Moves a token from the address bar to this tab's memory; returns the one known, or "". */
export function takeToken() {
  const found = tokenIn(location.hash);
  if (found) {
    sessionStorage.setItem(KEY, found);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

/** Keeps the token in `text`: a whole address that ends in #token=..., or the bare token. */
export function keepToken(text) {
  const token = tokenIn(text.includes("#") ? text.slice(text.indexOf("#")) : "") || text.trim();
  if (token) sessionStorage.setItem(KEY, token);
  return token;
}

function tokenIn(fragment) {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("token") ?? "";
}
