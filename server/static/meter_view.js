// The meter: figures of delay and frame rate, their plot, and the delay by stage, once a second.

import { Plot } from "./plot.js";
import { STAGES, milliseconds } from "./words.js";

const SPOKEN_EVERY = 5; // ticks between two descriptions for screen readers
const REST = "network and browser";

export class MeterView {
  /** root: the page. delay: the DelayMeter. */
  constructor(root, delay) {
    this.delay = delay;
    const find = (id) => root.querySelector(`#${id}`);
    this.p50 = find("delay-p50");
    this.p95 = find("delay-p95");
    this.fps = find("fps");
    this.dropped = find("dropped");
    this.split = find("split");
    this.legend = find("legend");
    this.canvas = find("plot");
    this.plot = new Plot(this.canvas);
    this.ticks = 0;
    this.stats = null;
  }

  /** Keeps the server's newest statistics for the next tick. */
  setStats(stats) {
    this.stats = stats;
  }

  clear() {
    this.stats = null;
    this.decoded = undefined;
    for (const element of [this.p50, this.p95, this.fps, this.dropped]) element.textContent = "–";
    this.split.replaceChildren();
    this.legend.replaceChildren();
    this.plot.clear();
  }

  /** Shows the last second. decoded: pictures decoded since the connection began. */
  tick(decoded) {
    const at = performance.now() / 1000;
    const fps = this.decoded ? Math.max(0, (decoded - this.decoded.count) / (at - this.decoded.at)) : null;
    this.decoded = { count: decoded, at };
    const summary = this.delay.summary();
    this.p50.textContent = milliseconds(summary?.p50);
    this.p95.textContent = milliseconds(summary?.p95);
    this.fps.textContent = fps === null ? "–" : `${Math.round(fps)} fps`;
    this.plot.add({ at, delay: this.delay.recent(1500), fps });
    if (this.stats) this.#showStages(this.stats, summary);
    this.ticks += 1;
    if (this.ticks % SPOKEN_EVERY === 0) this.#describe();
  }

  #showStages(stats, summary) {
    this.dropped.textContent = String(stats.dropped ?? "–");
    const stages = Object.entries(stats.stages ?? {}).filter(([, ms]) => Number.isFinite(ms));
    const order = Object.keys(STAGES);
    stages.sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
    const parts = stages.map(([name, ms]) => [STAGES[name] ?? name, ms]);
    const known = parts.reduce((sum, [, ms]) => sum + ms, 0);
    if (summary) parts.push([REST, Math.max(0, summary.p50 - known)]);
    this.split.replaceChildren(...parts.map(([name, ms]) => buildSegment(name, ms)));
    this.legend.replaceChildren(...parts.map(([name, ms]) => buildLegendRow(name, ms)));
  }

  #describe() {
    const { p50, p95, fps } = this;
    const text = `Delay: median ${p50.textContent}, 95th percentile ${p95.textContent}. Frame rate: ${fps.textContent}`;
    this.canvas.setAttribute("aria-label", text);
  }
}

function buildSegment(name, ms) {
  const part = document.createElement("i");
  part.classList.toggle("rest", name === REST);
  part.style.flexGrow = ms;
  return part;
}

function buildLegendRow(name, ms) {
  const row = document.createElement("li");
  row.classList.toggle("rest", name === REST);
  const value = document.createElement("b");
  value.textContent = ms < 9.95 ? `${ms.toFixed(1)} ms` : milliseconds(ms);
  row.append(document.createElement("i"), `${name} `, value);
  return row;
}
