// The token that the server prints when it starts. It arrives in the fragment of the address, which no
// server and no log sees, and is kept in this tab only.

const KEY = "reenact.token";

/** Moves a token from the address bar to this tab's storage; returns the stored one, or "". */
export function takeToken() {
  const found = tokenIn(location.hash);
  if (found) {
    sessionStorage.setItem(KEY, found);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

/** Stores the token in `text`, an address that ends in #token=... or the bare token. */
export function keepToken(text) {
  const token = tokenIn(text.includes("#") ? text.slice(text.indexOf("#")) : "") || text.trim();
  if (token) sessionStorage.setItem(KEY, token);
  return token;
}

function tokenIn(fragment) {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("token") ?? "";
}
