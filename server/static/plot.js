// Plot of the last minute: the delay above, the frame rate below.

const SECONDS = 60;
const FPS_SHARE = 0.3;
const GAP_PX = 10;

export class Plot {
  constructor(canvas) {
    this.canvas = canvas;
    this.points = []; // {at (s), delay (ms or null), fps}
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  add(point) {
    this.points.push(point);
    this.points = this.points.filter((old) => point.at - old.at <= SECONDS);
    this.draw();
  }

  clear() {
    this.points = [];
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const context = canvas.getContext("2d");
    [canvas.width, canvas.height] = [width * devicePixelRatio, height * devicePixelRatio];
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(canvas);
    const split = height * (1 - FPS_SHARE) - GAP_PX;
    const ends = { now: this.points.at(-1)?.at ?? 0, width };
    const delay = { name: "delay", unit: "ms", top: 0, bottom: split, colour: "--accent" };
    const fps = { name: "fps", unit: "fps", top: split + GAP_PX, bottom: height, colour: "--plot-2" };
    for (const band of [delay, fps]) drawBand(context, this.points, { ...ends, ...band, style });
  }
}

function drawBand(context, points, band) {
  const values = points.map((point) => point[band.name]).filter((value) => value !== null);
  const highest = roundUp(Math.max(band.name === "delay" ? 100 : 30, ...values));
  const x = (at) => band.width - ((band.now - at) / SECONDS) * band.width;
  const y = (value) => band.bottom - 1 - (value / highest) * (band.bottom - band.top - 14);
  drawRuler(context, band, y(highest), `${highest} ${band.unit}`);
  context.strokeStyle = band.style.getPropertyValue(band.colour);
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  let drawing = false;
  for (const point of points) {
    const value = point[band.name];
    if (value === null) drawing = false;
    else if (drawing) context.lineTo(x(point.at), y(value));
    else context.moveTo(x(point.at), y(value));
    drawing = value !== null;
  }
  context.stroke();
}

function drawRuler(context, band, top, label) {
  context.strokeStyle = band.style.getPropertyValue("--line");
  context.lineWidth = 1;
  context.beginPath();
  for (const height of [top, band.bottom - 0.5]) {
    context.moveTo(0, Math.round(height) + 0.5);
    context.lineTo(band.width, Math.round(height) + 0.5);
  }
  context.stroke();
  context.fillStyle = band.style.getPropertyValue("--soft");
  context.font = "11px system-ui, sans-serif";
  context.fillText(label, 0, top - 4);
}

function roundUp(value) {
  const step = value > 1000 ? 1000 : value > 200 ? 100 : value > 100 ? 50 : value > 30 ? 20 : 10;
  return Math.ceil(value / step) * step;
}
