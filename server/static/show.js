// The running show: the camera, its pictures with or without their numbers, and the session that
// sends them. It knows no buttons.

import { openCamera } from "./camera.js";
import { CodedCamera } from "./coded_camera.js";
import { Session } from "./session.js";

const CAMERA_FPS = 30;

export class Show extends EventTarget {
  /**
   * stage: shows the pictures; delay: the DelayMeter; config: the server's. Event "camera-stopped".
   */
  constructor({ api, preferences, stage, delay, config }) {
    super();
    this.preferences = preferences;
    this.stage = stage;
    this.delay = delay;
    this.config = config;
    this.session = new Session(api, () => ({ ...preferences.settings(), measure: this.measuring }));
    this.session.addEventListener("picture", ({ detail }) => stage.showResult(detail));
    this.session.addEventListener("hint", ({ detail }) => this.#slow(detail.max_fps));
    this.session.addEventListener("state", ({ detail }) => detail === "ended" && this.#release());
    document.addEventListener("visibilitychange", () => this.remeasure());
    // A page that goes away takes its place on the server with it.
    addEventListener("pagehide", () => this.session.running && this.session.stop());
  }

  /** Numbers are drawn by the page, and a hidden page draws nothing. */
  get measuring() {
    return this.preferences.get("measure") && !document.hidden && "requestVideoFrameCallback" in this.stage.self;
  }

  /** Raises CameraError and ApiError. */
  async start() {
    const camera = await this.#open();
    await this.#film(camera);
    await this.session.start({
      track: this.#track(),
      microphone: camera.getAudioTracks()[0],
      iceServers: this.config.ice_servers ?? [],
    });
  }

  stop() {
    this.session.stop();
  }

  /** Goes on with the camera that is now preferred. Raises CameraError. */
  async changeCamera() {
    if (!this.camera) return;
    await this.#film(await this.#open());
    await this.session.replace(this.#track());
  }

  /** Sends numbered pictures or plain ones, as is now wanted and possible. */
  remeasure() {
    if (!this.session.running) return;
    this.session.set({ measure: this.measuring });
    this.session.replace(this.#track());
  }

  #open() {
    const { preferences, config } = this;
    return openCamera(preferences.get("camera"), preferences.get("microphone"), config.camera.size);
  }

  async #film(camera) {
    for (const track of this.camera?.getTracks() ?? []) track.stop();
    this.camera = camera;
    this.stage.showSelf(camera);
    const [track] = camera.getVideoTracks();
    track.addEventListener("ended", () => this.dispatchEvent(new CustomEvent("camera-stopped")));
    await this.stage.self.play().catch(() => {}); // it plays by itself as soon as it may
  }

  #track() {
    this.coded?.close();
    const { size, code_rows: rows } = this.config.camera;
    this.coded = this.measuring ? new CodedCamera(this.stage.self, size, rows) : null;
    this.coded?.limit(this.fps);
    this.delay.follow(this.coded);
    return this.coded?.track ?? this.camera.getVideoTracks()[0];
  }

  #slow(fps) {
    this.fps = fps;
    this.coded?.limit(fps);
    // Two brakes at once would leave far less than `fps`.
    const max = this.coded ? CAMERA_FPS : fps;
    this.camera?.getVideoTracks()[0].applyConstraints({ frameRate: { max } }).catch(() => {});
  }

  #release() {
    for (const track of this.camera?.getTracks() ?? []) track.stop();
    this.coded?.close();
    this.camera = this.coded = this.fps = null;
    this.delay.follow(null);
    this.stage.showSelf(null);
    this.stage.showResult(null);
  }
}
