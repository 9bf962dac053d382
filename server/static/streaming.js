// Streaming: opens the camera, numbers its pictures where the delay is measured, and sends them
// through a session. It knows no buttons.

import { openCamera } from "./camera.js";
import { CodedCamera } from "./coded_camera.js";
import { Session } from "./session.js";

const CAMERA_FPS = 30;

export class Streaming extends EventTarget {
  /**
   * stage: shows the pictures. delay: the DelayMeter. config: the answer of api/config. Event:
   * "camera-stopped".
   */
  constructor({ api, preferences, stage, delay, config }) {
    super();
    this.preferences = preferences;
    this.stage = stage;
    this.delay = delay;
    this.config = config;
    this.session = new Session(api, () => ({ ...preferences.settings(), measure: this.measuring }));
    this.session.addEventListener("picture", ({ detail }) => stage.showResult(detail));
    this.session.addEventListener("hint", ({ detail }) => this.#limitRate(detail.max_fps));
    this.session.addEventListener("state", ({ detail }) => detail === "ended" && this.#release());
    document.addEventListener("visibilitychange", () => this.remeasure());
    // Leaving the page frees the session on the server.
    addEventListener("pagehide", () => this.session.running && this.session.stop());
  }

  /** Whether the delay is measured now: the page draws the numbers, and a hidden page draws none. */
  get measuring() {
    return this.preferences.get("measure") && !document.hidden && "requestVideoFrameCallback" in this.stage.self;
  }

  /** Opens camera and session. Raises CameraError, ApiError. */
  async start() {
    const camera = await this.#openCamera();
    await this.#useCamera(camera);
    await this.session.start({
      track: this.#buildTrack(),
      microphone: camera.getAudioTracks()[0],
      iceServers: this.config.ice_servers ?? [],
    });
  }

  stop() {
    this.session.stop();
  }

  /** Switches to the preferred camera. Raises CameraError. */
  async changeCamera() {
    if (!this.camera) return;
    await this.#useCamera(await this.#openCamera());
    await this.session.replace(this.#buildTrack());
  }

  /** Switches between numbered and plain pictures as `measuring` says. */
  remeasure() {
    if (!this.session.running) return;
    this.session.set({ measure: this.measuring });
    this.session.replace(this.#buildTrack());
  }

  #openCamera() {
    const { preferences, config } = this;
    return openCamera(preferences.get("camera"), preferences.get("microphone"), config.camera.size);
  }

  async #useCamera(camera) {
    for (const track of this.camera?.getTracks() ?? []) track.stop();
    this.camera = camera;
    this.stage.showSelf(camera);
    const [track] = camera.getVideoTracks();
    track.addEventListener("ended", () => this.dispatchEvent(new CustomEvent("camera-stopped")));
    await this.stage.self.play().catch(() => {}); // a browser that delays playback starts it later
  }

  #buildTrack() {
    this.coded?.close();
    const { size, code_rows: rows } = this.config.camera;
    this.coded = this.measuring ? new CodedCamera(this.stage.self, size, rows) : null;
    this.coded?.limit(this.fps);
    this.delay.follow(this.coded);
    return this.coded?.track ?? this.camera.getVideoTracks()[0];
  }

  #limitRate(fps) {
    this.fps = fps;
    this.coded?.limit(fps);
    // Limiting both camera and canvas would leave far less than `fps`.
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
