// Client of the server's HTTP routes, one method each. Addresses are relative, so that a proxy may
// serve the page below a path.

/** A failed request: `status` is that of the answer, 0 when none came. */
export class ApiError extends Error {
  constructor(status, sentence, retryAfterS = null) {
    super(sentence);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

export class Api {
  token = "";

  /** The token that a one-time ticket stands for. */
  async trade(ticket) {
    return (await (await this.#send("POST", "api/ticket", { body: { ticket } })).json()).token;
  }

  async config() {
    return (await this.#send("GET", "api/config")).json();
  }

  async picture(name) {
    return (await this.#send("GET", `api/identities/${encodeURIComponent(name)}.png`)).blob();
  }

  /** Makes a random identity and returns its name. */
  async makeRandom() {
    return (await (await this.#send("POST", "api/identities/random", { body: {} })).json()).name;
  }

  /** Opens a session: {id, secret, sdp}. resume: the {id, secret} of one whose connection was lost. */
  async open(sdp, settings, resume) {
    const body = resume ? { sdp, settings, resume } : { sdp, settings };
    return (await this.#send("POST", "api/sessions", { body })).json();
  }

  /** Ends a session; `keepalive` lets the request outlive the page. */
  async close({ id, secret }) {
    await this.#send("DELETE", `api/sessions/${id}`, { secret, keepalive: true });
  }

  /** Begins or finishes a recording: {recording, note}, where `note` is what a finished one lacks. */
  async record({ id, secret }, on) {
    return (await this.#send("POST", `api/sessions/${id}/recording`, { secret, body: { on } })).json();
  }

  async recording({ id, secret }) {
    return (await this.#send("GET", `api/sessions/${id}/recording`, { secret })).blob();
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, secret?: string, keepalive?: boolean}} [options]
   */
  async #send(method, path, { body, secret, keepalive = false } = {}) {
    const headers = {};
    if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
    if (secret) headers["X-Session-Secret"] = secret;
    if (body) headers["Content-Type"] = "application/json";
    const text = body ? JSON.stringify(body) : undefined;
    let answer;
    try {
      answer = await fetch(path, { method, headers, body: text, keepalive, cache: "no-store" });
    } catch {
      throw new ApiError(0, "The server does not answer.");
    }
    if (!answer.ok) throw await readError(answer);
    return answer;
  }
}

/** `text` with a capital letter and a full stop. */
export function asSentence(text = "the server is stopping") {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

async function readError(answer) {
  const said = await answer.json().catch(() => ({}));
  const sentence = asSentence(said.error || `the server answered ${answer.status}`);
  const seconds = Number.parseFloat(answer.headers.get("Retry-After") ?? "");
  return new ApiError(answer.status, sentence, Number.isFinite(seconds) ? seconds : null);
}
