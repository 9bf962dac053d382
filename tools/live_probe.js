// Runs inside the service's page, before it: collects what a measurement or a test asks for.

window.probe = (() => {
  const SIZE = 256; // of the kept pictures
  const GAP_MS = 60; // between two of them
  const CELL_PX = 16;
  const peers = [];
  const stats = [];
  const seen = [];
  const filmed = new Map(); // number of a sent frame -> number of the film's frame in it
  let meter = null;
  let code = null;
  let recording = false;

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...rest) {
      super(...rest);
      peers.push(this);
    }
  };

  /** Joins the page's own modules; before it starts. */
  async function enter() {
    const load = (name) => import(new URL(`static/${name}.js`, location.href).href);
    const [{ DelayMeter }, { Control }] = await Promise.all([load("delay_meter"), load("control")]);
    code = await load("delay_code");
    const follow = DelayMeter.prototype.follow;
    DelayMeter.prototype.follow = function (camera) {
      meter = this;
      if (camera && recording) film(camera);
      return follow.call(this, camera);
    };
    Control.prototype.dispatchEvent = function (event) {
      if (event.type === "stats") stats.push(event.detail);
      return EventTarget.prototype.dispatchEvent.call(this, event);
    };
  }

  /** Notes which of the film's frames the camera sends under which number. */
  function film(camera) {
    const { video } = camera;
    const strip = canvas(code.CELLS * CELL_PX, CELL_PX);
    const look = () => {
      if (!camera.open) return; // it has just drawn this very frame, as it asked first
      const { videoWidth: width, videoHeight: height } = video;
      strip.drawImage(video, 0, height - CELL_PX, width, CELL_PX, 0, 0, strip.canvas.width, CELL_PX);
      const number = code.readCode(strip, strip.canvas.width, CELL_PX);
      filmed.set(camera.number, number);
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }

  /** Keeps pictures of the result, and what the camera saw. Before it is opened. */
  function record() {
    recording = true;
    const video = document.querySelector("#result");
    const [picture, strip] = [canvas(SIZE, SIZE), canvas(code.CELLS * CELL_PX, CELL_PX)];
    let last = -Infinity;
    const look = (now, frame) => {
      if (now - last >= GAP_MS && video.videoWidth) {
        last = now;
        seen.push({ ...keep(video, picture, strip), shown: frame.expectedDisplayTime });
      }
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }

  function keep(video, picture, strip) {
    const { videoWidth: width, videoHeight: height } = video;
    const rows = height - width;
    picture.drawImage(video, 0, rows, width, width, 0, 0, SIZE, SIZE);
    let number = null;
    if (rows > 0) {
      strip.drawImage(video, 0, 0, width, rows, 0, 0, strip.canvas.width, CELL_PX);
      number = code.readCode(strip, strip.canvas.width, CELL_PX);
    }
    const taken = number === null ? undefined : meter?.camera?.takenAt[number];
    return {
      picture: picture.canvas.toDataURL("image/jpeg", 0.92),
      taken: Number.isFinite(taken) ? taken : null,
      filmed: filmed.get(number) ?? null,
    };
  }

  function canvas(width, height) {
    const made = document.createElement("canvas");
    [made.width, made.height] = [width, height];
    return made.getContext("2d", { alpha: false, willReadFrequently: true });
  }

  async function decoded() {
    for (const report of (await peers.at(-1).getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "video") return report.framesDecoded ?? 0;
    }
    return 0;
  }

  let asked = 0;
  /** Milliseconds from camera to page, of the pictures since the last call. */
  function takeDelays() {
    const fresh = (meter?.samples ?? []).filter((sample) => sample.at > asked);
    asked = performance.now();
    return fresh.map((sample) => sample.delay);
  }

  /** One offer, one answer: WHIP and WHEP. */
  async function exchange(peer, path, token) {
    await peer.setLocalDescription();
    while (peer.iceGatheringState !== "complete") {
      await new Promise((done) => peer.addEventListener("icegatheringstatechange", done, { once: true }));
    }
    const headers = { "Content-Type": "application/sdp", Authorization: `Bearer ${token}` };
    const body = peer.localDescription.sdp;
    const answer = await fetch(path, { method: "POST", headers, body });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(text);
    await peer.setRemoteDescription({ type: "answer", sdp: text });
  }

  return { peers, stats, seen, enter, record, decoded, takeDelays, exchange };
})();
