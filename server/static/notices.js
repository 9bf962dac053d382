// What stands in the way, in one sentence each, with ways out. A notice covers the stage until it
// is answered or no longer true.

const RETRY = { text: "Try again", act: "retry" };

/** By name: title, text (or a function of the details), the ways out, and an aside that changes
 * too often to be spoken. */
const NOTICES = {
  "camera-denied": {
    title: "The camera is blocked",
    text: "Your browser does not let this page use the camera. Choose “Allow” for the camera in the icons left of the address, then try again.",
    ways: [RETRY],
  },
  "camera-busy": {
    title: "The camera is in use",
    text: "The camera is there but gives no picture. Close other programs that use it, such as a video call, or choose another camera, then try again.",
    ways: [RETRY],
  },
  "camera-none": {
    title: "No camera found",
    text: "This device has no camera that the browser can see. Plug one in, or switch on the one you have, then try again.",
    ways: [RETRY],
  },
  "camera-stopped": {
    title: "The camera was disconnected",
    text: "The camera stopped sending pictures. Plug it in again or choose another one, then start again.",
    ways: [{ text: "Start again", act: "retry" }],
  },
  insecure: {
    title: "This address cannot use the camera",
    text: () =>
      `Browsers give the camera to secure pages only, and ${location.origin} is not one. On the server's own computer open it at 127.0.0.1; from elsewhere the server must be started with a certificate and opened by https.`,
    ways: [
      { text: "Open at 127.0.0.1", act: "loopback" },
      { text: "Open by https", act: "https" },
    ],
  },
  full: {
    title: "The server is full",
    text: "All places are taken. A new attempt starts by itself; your settings stay as they are.",
    aside: ({ seconds }) => `Next attempt in ${seconds} s`,
    ways: [{ text: "Try now", act: "retry" }, { text: "Stop waiting", act: "dismiss" }],
  },
  token: {
    title: "This page needs the server's key",
    text: "The server prints its address, with the key at the end, when it starts. Open that address, or paste it here.",
    ways: [],
    asksForKey: true,
  },
  unreachable: {
    title: "The server does not answer",
    text: "Nothing answers at this address. See that the server is running and that this device is on its network, then try again.",
    ways: [RETRY],
  },
  reconnecting: {
    title: "Connection lost",
    text: "The connection to the server broke. Your settings are kept, and it is being opened again by itself.",
    aside: ({ attempt }) => `Attempt ${attempt}`,
    ways: [{ text: "Reconnect now", act: "reconnect" }, { text: "Stop", act: "stop" }],
  },
  lost: {
    title: "Connection lost",
    text: "The server could not be reached for a minute. Check the network and the server, then reconnect.",
    ways: [{ text: "Reconnect", act: "reconnect" }, { text: "Stop", act: "stop" }],
  },
  bye: {
    title: "The server ended the session",
    text: ({ reason }) => `${reason} Your settings are kept: start again when it is back.`,
    ways: [{ text: "Start again", act: "retry" }],
  },
  refused: {
    title: "That did not work",
    text: ({ reason }) => reason,
    ways: [RETRY],
  },
};

/** The notice for an answer of the server that is not the one hoped for. */
export function noticeOf(error) {
  if (error.status === 0) return { name: "unreachable" };
  if (error.status === 401) return { name: "token" };
  if (error.status === 503) return { name: "full", seconds: Math.ceil(error.retryAfterS ?? 5) };
  return { name: "refused", reason: error.message };
}

export class Notices {
  /** acts: {name: function}; `key` is called with the text of the key's field. */
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
    if (same && aside) return; // the rest would be spoken again
    this.root.querySelector("h2").textContent = title;
    this.root.querySelector(".text").textContent = typeof text === "function" ? text(details) : text;
    this.root.querySelector(".ways").replaceChildren(...ways.map((way) => this.#way(way)));
    this.form.hidden = !asksForKey;
    this.root.hidden = false;
  }

  /** Takes the notice away; with names, only where one of those is shown. */
  clear(...names) {
    if (names.length && !names.includes(this.name)) return;
    this.name = null;
    this.root.hidden = true;
  }

  #way({ text, act }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button primary";
    button.textContent = text;
    button.addEventListener("click", () => this.acts[act]());
    return button;
  }
}
