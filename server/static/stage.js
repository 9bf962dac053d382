// The stage: the result large, the self-view beside or in it; layout, mirror, full screen, and the
// colour of the picture's background, which the stage takes on.

const LAYOUTS = { inset: "Picture in picture", side: "Side by side", alone: "Result alone" };
const GLOW_MS = 500;
const GLOW_PX = 8;
const SMEARED_ROWS = 2; // below the strip, where the codec mixes it with the picture

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
    setInterval(() => this.#shine(), GLOW_MS);
  }

  /** Hides the strip of `rows` above the picture, where the video has one. */
  cropRows(rows) {
    this.rows = rows;
    this.#crop();
  }

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

  #shine() {
    if (document.hidden) return;
    const playing = this.root.classList.contains("playing");
    const source = playing ? this.result : this.portrait;
    if (!(source.videoWidth || source.width > 1)) return;
    this.glow.drawImage(source, 0, 0, GLOW_PX, GLOW_PX);
    const [red, green, blue] = this.glow.getImageData(0, 1, 1, 1).data;
    this.root.style.setProperty("--glow", `rgb(${red} ${green} ${blue})`);
  }
}
