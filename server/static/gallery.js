// The gallery of identities: radio buttons with pictures, so that the browser provides arrow keys,
// names and states.

export class Gallery extends EventTarget {
  /** api: loads the pictures, which need the token. Event: "choose" (detail: name). */
  constructor(root, api) {
    super();
    this.root = root;
    this.api = api;
    this.pictures = new Map();
    root.addEventListener("change", ({ target }) => this.#emit(target.value));
  }

  /** Shows `identities` ({name, description}), with `chosen` marked. */
  show(identities, chosen) {
    this.names = identities.map((identity) => identity.name);
    this.root.replaceChildren(...identities.map((identity) => this.#tile(identity)));
    this.mark(chosen);
  }

  get chosen() {
    return this.root.querySelector("input:checked")?.value ?? null;
  }

  /** Marks `name` as the chosen one. */
  mark(name) {
    for (const input of this.root.querySelectorAll("input")) input.checked = input.value === name;
    const tile = this.root.querySelector("input:checked")?.closest("label");
    if (tile) this.#centre(tile);
  }

  /** Chooses the identity `step` places on, around the ends. */
  step(step) {
    if (!this.names?.length) return;
    const at = this.names.indexOf(this.chosen) + step;
    this.mark(this.names.at(at % this.names.length));
    this.#emit(this.chosen);
  }

  /** Draws the picture of `name` on `canvas`, which takes the picture's size. */
  async draw(name, canvas) {
    if (!this.pictures.has(name)) this.pictures.set(name, this.#load(name));
    const picture = await this.pictures.get(name);
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d").drawImage(picture, 0, 0);
  }

  /** The picture of `name`; one that failed is asked for again the next time. */
  async #load(name) {
    try {
      return await createImageBitmap(await this.api.picture(name));
    } catch (error) {
      this.pictures.delete(name);
      throw error;
    }
  }

  /** Scrolls a tile to the middle of the gallery; scrollIntoView would move the page as well. */
  #centre({ offsetLeft, offsetTop, offsetWidth, offsetHeight }) {
    const { root } = this;
    const left = offsetLeft - (root.clientWidth - offsetWidth) / 2;
    root.scrollTo({ left, top: offsetTop - (root.clientHeight - offsetHeight) / 2 });
  }

  #tile({ name, description }) {
    const tile = document.createElement("label");
    tile.className = "person";
    tile.title = description ?? "";
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "identity", value: name });
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    const text = document.createElement("span");
    text.textContent = name;
    tile.append(input, canvas, text);
    this.draw(name, canvas).catch(() => tile.classList.add("faceless"));
    return tile;
  }

  #emit(name) {
    this.dispatchEvent(new CustomEvent("choose", { detail: name }));
  }
}
