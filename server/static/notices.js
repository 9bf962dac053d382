// Notices over the stage: what prevents streaming, and buttons to solve it. A notice stays until it is
// answered or no longer true.

const RETRY = { text: "Try again", act: "retry" };

/**
 * By name: title, text (or a function of the details), buttons, and an aside, which changes too often
 * to be spoken.
 */
const NOTICES = {
  "camera-denied": {
    title: "The camera is blocked",
    text: "Your browser does not let this page use the camera. Allow it in the site settings next to the address, then try again.",
    ways: [RETRY],
  },
  "camera-busy": {
    title: "The camera is in use",
    text: "The camera is connected but sends no video. Close other programs that use it, such as a video call, or choose another camera, then try again.",
    ways: [RETRY],
  },
  "camera-none": {
    title: "No camera found",
    text: "Your browser finds no camera on this device. Plug one in or switch it on, then try again.",
    ways: [RETRY],
  },
  "camera-stopped": {
    title: "The camera was disconnected",
    text: "The camera stopped sending video. Plug it in again or choose another one, then start again.",
    ways: [{ text: "Start again", act: "retry" }],
  },
  insecure: {
    title: "This address cannot use the camera",
    text: () =>
      `Browsers allow the camera on secure pages only, and ${location.origin} is not one. On the server's own computer, open the page at 127.0.0.1. From other computers, start the server with a certificate and open the page over https.`,
    ways: [
      { text: "Open at 127.0.0.1", act: "loopback" },
      { text: "Open over https", act: "https" },
    ],
  },
  full: {
    title: "The server is full",
    text: "All sessions are in use. The page tries again automatically; your settings are kept.",
    aside: ({ seconds }) => `Next attempt in ${seconds} s`,
    ways: [{ text: "Try now", act: "retry" }, { text: "Stop waiting", act: "dismiss" }],
  },
  token: {
    title: "This page needs the server's key",
    text: "The server prints its address, with the key at the end, when it starts. Open that address or paste it here.",
    ways: [],
    asksForKey: true,
  },
  unreachable: {
    title: "The server does not answer",
    text: "Check that the server is running and that this device is on the same network, then try again.",
    ways: [RETRY],
  },
  reconnecting: {
    title: "Connection lost",
    text: "The connection to the server was lost. The page reconnects automatically; your settings are kept.",
    aside: ({ attempt }) => `Attempt ${attempt}`,
    ways: [{ text: "Reconnect now", act: "reconnect" }, { text: "Stop", act: "stop" }],
  },
  lost: {
    title: "Connection lost",
    text: "The server could not be reached for a minute. Check the server and the network, then reconnect.",
    ways: [{ text: "Reconnect", act: "reconnect" }, { text: "Stop", act: "stop" }],
  },
  bye: {
    title: "The server ended the session",
    text: ({ reason }) => `${reason} Your settings are kept; start again when the server is back.`,
    ways: [{ text: "Start again", act: "retry" }],
  },
  refused: {
    title: "The server refused this",
    text: ({ reason }) => reason,
    ways: [RETRY],
  },
};

/** The notice for an ApiError: its name, and the details that its text needs. */
export function noticeOf(error) {
  if (error.status === 0) return { name: "unreachable" };
  if (error.status === 401) return { name: "token" };
  if (error.status === 503) return { name: "full", seconds: Math.ceil(error.retryAfterS ?? 5) };
  return { name: "refused", reason: error.message };
}

export class Notices {
  /** acts: functions by name; `key` is called with the text of the key's field. */
  constructor(root, acts) {
    this.root = root;
    this.acts = acts;
    this.name = null;
    this.form = root.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      acts.key(this.form.elements.key.value);
    });
  }

  show(name, details = {}) {
    const { title, text, aside, ways, asksForKey = false } = NOTICES[name];
    const same = this.name === name;
    this.name = name;
    this.root.dataset.notice = name;
    this.root.querySelector(".aside").textContent = aside?.(details) ?? "";
    if (same && aside) return; // screen readers would repeat the rest
    this.root.querySelector("h2").textContent = title;
    this.root.querySelector(".text").textContent = typeof text === "function" ? text(details) : text;
    this.root.querySelector(".ways").replaceChildren(...ways.map((way) => this.#buildButton(way)));
    this.form.hidden = !asksForKey;
    this.root.hidden = false;
  }

  /** Hides the notice; with names, only where one of those is shown. */
  clear(...names) {
    if (names.length && !names.includes(this.name)) return;
    this.name = null;
    this.root.hidden = true;
  }

  #buildButton({ text, act }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button primary";
    button.textContent = text;
    button.addEventListener("click", () => this.acts[act]());
    return button;
  }
}
