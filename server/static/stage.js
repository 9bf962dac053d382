// The stage: the generated picture with the self-view, in one of three layouts, mirrored or not, full
// screen or not, on the colour of the picture's own background.

const LAYOUTS = { inset: "Picture in picture", side: "Side by side", alone: "Result only" };
const GLOW_MS = 500;
const GLOW_PX = 8;
const SMEARED_ROWS = 2; // rows below the strip, where the codec mixes it with the picture

export class Stage {
  constructor(root) {
    this.root = root;
    this.result = root.querySelector("#result");
    this.portrait = root.querySelector("#portrait");
    this.self = root.querySelector("#self");
    const small = document.createElement("canvas");
    small.width = small.height = GLOW_PX;
    this.glow = small.getContext("2d", { alpha: false, willReadFrequently: true });
    this.result.addEventListener("resize", () => this.#crop());
    setInterval(() => this.#updateGlow(), GLOW_MS);
  }

  /** Hides the strip above the picture, `rows` high, where the video has one. */
  cropRows(rows) {
    this.rows = rows;
    this.#crop();
  }

  /** Applies the preferred layout and mirroring. */
  arrange({ layout, mirror }) {
    this.root.dataset.layout = layout in LAYOUTS ? layout : "inset";
    this.root.classList.toggle("mirrored", mirror);
  }

  /** The layout after `layout`. */
  static next(layout) {
    const names = Object.keys(LAYOUTS);
    return names[(names.indexOf(layout) + 1) % names.length];
  }

  showSelf(stream) {
    this.self.srcObject = stream;
    this.root.classList.toggle("filmed", stream !== null);
  }

  showResult(stream) {
    this.root.classList.remove("playing");
    this.result.srcObject = stream;
    if (!stream) return;
    this.result.requestVideoFrameCallback(() => this.root.classList.add("playing"));
  }

  async toggleFullScreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.root.requestFullscreen();
  }

  #crop() {
    const { videoWidth: width, videoHeight: height } = this.result;
    const coded = width > 0 && height - width === this.rows;
    this.root.classList.toggle("coded", coded);
    if (coded) this.root.style.setProperty("--strip", (this.rows + SMEARED_ROWS) / width);
  }

  #updateGlow() {
    if (document.hidden) return;
    const playing = this.root.classList.contains("playing");
    const source = playing ? this.result : this.portrait;
    if (!(source.videoWidth || source.width > 1)) return;
    this.glow.drawImage(source, 0, 0, GLOW_PX, GLOW_PX);
    const [red, green, blue] = this.glow.getImageData(0, 1, 1, 1).data;
    this.root.style.setProperty("--glow", `rgb(${red} ${green} ${blue})`);
  }
}
