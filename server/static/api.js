// The server's HTTP routes, one method each. Addresses are relative, so that a proxy may put the
// page below a path.

/** An answer that is not the one hoped for; `status` 0 means that no answer came at all. */
export class ApiError extends Error {
  constructor(status, sentence, retryAfterS = null) {
    super(sentence);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

export class Api {
  constructor(token) {
    this.token = token;
  }

  async config() {
    return (await this.#send("GET", "api/config")).json();
  }

  async picture(name) {
    return (await this.#send("GET", `api/identities/${encodeURIComponent(name)}.png`)).blob();
  }

  /** The name of a person made just now. */
  async makeRandom() {
    return (await (await this.#send("POST", "api/identities/random", { body: {} })).json()).name;
  }

  /** {id, secret, sdp}; `resume` is the {id, secret} of a session that was cut off. */
  async open(sdp, settings, resume) {
    const body = resume ? { sdp, settings, resume } : { sdp, settings };
    return (await this.#send("POST", "api/sessions", { body })).json();
  }

  /** Ends a session; `keepalive` lets the request outlive the page. */
  async close({ id, secret }) {
    await this.#send("DELETE", `api/sessions/${id}`, { secret, keepalive: true });
  }

  async record({ id, secret }, on) {
    await this.#send("POST", `api/sessions/${id}/recording`, { secret, body: { on } });
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
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }
}

/** With a capital and a full stop, as people read it. */
export function asSentence(text = "the server stops") {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const sentence = asSentence(said.error || `the server answered ${answer.status}`);
  const seconds = Number.parseFloat(answer.headers.get("Retry-After") ?? "");
  return new ApiError(answer.status, sentence, Number.isFinite(seconds) ? seconds : null);
}
