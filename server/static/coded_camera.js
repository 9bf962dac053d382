// A video track of the camera's pictures with their numbers drawn on top, and the time at which
// each was taken.

import { NUMBERS, drawCode } from "./delay_code.js";

const EARLY_MS = 4; // by which a frame may come before it is due

export class CodedCamera {
  /**
   * video: an element that plays the camera. size: [width, height] of the track in pixels. rows:
   * height of the strip in pixels.
   */
  constructor(video, size, rows) {
    this.video = video;
    this.rows = rows;
    this.gapMs = 0;
    this.takenAt = new Float64Array(NUMBERS).fill(Number.NaN);
    this.number = 0;
    this.dueAt = 0;
    this.canvas = document.createElement("canvas");
    [this.canvas.width, this.canvas.height] = size;
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.stream = this.canvas.captureStream();
    this.open = true;
    this.#waitForFrame();
  }

  /** The track to send. */
  get track() {
    return this.stream.getVideoTracks()[0];
  }

  /** Limits the average frame rate to `fps`, 0 for no limit. */
  limit(fps) {
    this.gapMs = fps > 0 ? 1000 / fps : 0;
  }

  close() {
    this.open = false;
    this.track.stop();
  }

  #waitForFrame() {
    this.video.requestVideoFrameCallback((now, frame) => {
      if (!this.open) return;
      if (now >= this.dueAt - EARLY_MS) this.#draw(now, frame);
      this.#waitForFrame();
    });
  }

  #draw(now, frame) {
    this.dueAt = Math.max(this.dueAt, now - this.gapMs) + this.gapMs;
    this.number = (this.number + 1) % NUMBERS;
    this.takenAt[this.number] = timeTaken(now, frame);
    drawCovering(this.context, this.video);
    drawCode(this.context, this.number, this.canvas.width, this.rows);
  }
}

/** Time in ms at which the camera took the frame, or at which it was shown where that is unknown. */
function timeTaken(now, frame) {
  const taken = frame.captureTime;
  return taken > now - 500 && taken <= now ? taken : now;
}

/** Fills the canvas with the middle of the camera's picture, without changing its proportions. */
function drawCovering(context, video) {
  const { width: across, height: down } = context.canvas;
  const scale = Math.max(across / video.videoWidth, down / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  context.drawImage(video, (across - width) / 2, (down - height) / 2, width, height);
}
