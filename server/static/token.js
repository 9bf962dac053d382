// The token that the server prints when it starts. It arrives in the fragment of the address, which no
// server and no log sees, or a one-time ticket for it does, and it is kept in this tab only.

const KEY = "reenact.token";

/**
 * Moves a token from the address bar to this tab's storage, or trades a ticket there for the token;
 * returns the stored one, or "".
 * @param {(ticket: string) => Promise<string>} trade resolves to a ticket's token
 */
export async function takeToken(trade) {
  const ticket = valueIn(location.hash, "ticket");
  const found = valueIn(location.hash, "token") || (ticket && (await trade(ticket).catch(() => "")));
  if (found) sessionStorage.setItem(KEY, found);
  if (found || ticket) history.replaceState(null, "", location.pathname + location.search);
  return sessionStorage.getItem(KEY) ?? "";
}

/** Stores the token in `text`, an address that ends in #token=... or the bare token. */
export function keepToken(text) {
  const fragment = text.includes("#") ? text.slice(text.indexOf("#")) : "";
  const token = valueIn(fragment, "token") || text.trim();
  if (token) sessionStorage.setItem(KEY, token);
  return token;
}

function valueIn(fragment, name) {
  return new URLSearchParams(fragment.replace(/^#/, "")).get(name) ?? "";
}
