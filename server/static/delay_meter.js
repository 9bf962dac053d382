// Measures the delay from camera to screen: reads the number of every returned picture and keeps the
// time since that frame was taken, for ten seconds.

import { CELLS, readCode } from "./delay_code.js";

const WINDOW_MS = 10_000;
const LONGEST_MS = 10_000; // beyond this the number belongs to an earlier round of the counter
const CELL_PX = 16;

export class DelayMeter {
  /** video: the element that plays the returned picture. rows: height of its strip in pixels. */
  constructor(video, rows) {
    this.video = video;
    this.rows = rows;
    this.samples = []; // {at, delay} in ms
    this.unreadable = 0;
    this.camera = null;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [CELLS * CELL_PX, rows];
    this.context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.#waitForFrame();
  }

  /** Measures against `camera`, a CodedCamera; null stops it. */
  follow(camera) {
    this.camera = camera;
    this.samples = [];
  }

  /** Whether the picture on screen carries a strip: the picture itself is square. */
  get coded() {
    return this.video.videoHeight - this.video.videoWidth === this.rows;
  }

  /** Percentiles {p50, p95} in ms over the last ten seconds, or null before the first reading. */
  summary() {
    const now = performance.now();
    this.samples = this.samples.filter((sample) => now - sample.at < WINDOW_MS);
    if (!this.samples.length) return null;
    const delays = this.samples.map((sample) => sample.delay).sort((a, b) => a - b);
    return { p50: quantile(delays, 0.5), p95: quantile(delays, 0.95) };
  }

  /** Median delay in ms of the samples younger than `ms`, or null without any. */
  recent(ms) {
    const now = performance.now();
    const young = this.samples.filter((sample) => now - sample.at < ms);
    return young.length ? quantile(young.map((one) => one.delay).sort((a, b) => a - b), 0.5) : null;
  }

  #waitForFrame() {
    this.video.requestVideoFrameCallback((now, frame) => {
      if (this.camera && this.coded) this.#read(frame.expectedDisplayTime ?? now);
      this.#waitForFrame();
    });
  }

  #read(shownAt) {
    const { context, rows, video } = this;
    const width = CELLS * CELL_PX;
    context.drawImage(video, 0, 0, video.videoWidth, rows, 0, 0, width, rows);
    const number = readCode(context, width, rows);
    const delay = number === null ? Number.NaN : shownAt - this.camera.takenAt[number];
    if (delay >= 0 && delay < LONGEST_MS) this.samples.push({ at: performance.now(), delay });
    else this.unreadable += 1;
  }
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
