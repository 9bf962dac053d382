// One WebRTC connection: sends the camera, receives the picture, and opens the control channel. It is
// used once.

const GATHER_MS = 1500;
const CONNECT_MS = 15000;
const DISCONNECTED_MS = 2000;
const BPS_PER_PIXEL = 10; // 3 Mbit/s at 640 x 480

export class Peer extends EventTarget {
  /** track, microphone: what is sent. Events: "track" (detail: stream), "connected", "lost" (detail: why). */
  constructor(track, microphone, iceServers) {
    super();
    this.closed = false;
    this.pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.video = this.pc.addTransceiver(track, { direction: "sendrecv" });
    if (microphone) this.pc.addTransceiver(microphone, { direction: "sendonly" });
    this.channel = this.pc.createDataChannel("ctl");
    this.channel.onclose = () => this.#lose("the control channel closed");
    this.pc.ontrack = ({ track: incoming }) => this.#emit("track", new MediaStream([incoming]));
    this.pc.onconnectionstatechange = () => this.#follow(this.pc.connectionState);
  }

  /** Connects. exchange: sends the offer's SDP and returns an object with the answer's `sdp`. */
  async connect(exchange) {
    await this.pc.setLocalDescription(await this.pc.createOffer());
    await gatherCandidates(this.pc);
    const answer = await exchange(this.pc.localDescription.sdp);
    if (this.closed) return answer;
    await this.pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await keepSharp(this.video.sender);
    this.timer = setTimeout(() => this.#lose("the connection timed out"), CONNECT_MS);
    this.#follow(this.pc.connectionState);
    return answer;
  }

  /** Sends `track` instead, without a new connection. */
  replace(track) {
    return this.video.sender.replaceTrack(track);
  }

  /** Decoded frames of the incoming video so far. */
  async framesDecoded() {
    for (const report of (await this.video.receiver.getStats()).values()) {
      if (report.type === "inbound-rtp") return report.framesDecoded ?? 0;
    }
    return 0;
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    this.pc.close();
  }

  #follow(state) {
    if (state === "connected") {
      clearTimeout(this.timer);
      this.#emit("connected");
    } else if (state === "failed" || state === "closed") {
      this.#lose("the connection broke");
    } else if (state === "disconnected") {
      this.timer = setTimeout(() => this.#lose("the connection broke"), DISCONNECTED_MS);
    }
  }

  #lose(why) {
    if (!this.closed) this.#emit("lost", why);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/**
 * Resolves when all candidates are gathered, or after `GATHER_MS`.
 * @returns {Promise<void>}
 */
function gatherCandidates(pc) {
  return new Promise((resolve) => {
    const done = () => pc.iceGatheringState === "complete" && resolve();
    pc.addEventListener("icegatheringstatechange", done);
    setTimeout(resolve, GATHER_MS);
    done();
  });
}

/** Makes the encoder keep the picture's size and drop frames: small pictures are read badly. */
async function keepSharp(sender) {
  const parameters = sender.getParameters();
  parameters.degradationPreference = "maintain-resolution";
  const { width = 640, height = 480 } = sender.track?.getSettings() ?? {};
  const most = BPS_PER_PIXEL * width * height;
  for (const encoding of parameters.encodings ?? []) encoding.maxBitrate = most;
  await sender.setParameters(parameters).catch(() => {});
}
