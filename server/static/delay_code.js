// The delay code: a frame's number as a strip of sixteen cells: white, black, twelve bits of Gray
// code (most significant first), even parity of the twelve, black. In Gray code a strip caught
// between two successive frames is off by one number at most. docs/live-protocol.md specifies it.

export const CELLS = 16;
export const NUMBERS = 4096;
const BITS = 12;

/** The sixteen cells of `number`, 1 = white. */
export function cellsOf(number) {
  const gray = number ^ (number >> 1);
  const bits = Array.from({ length: BITS }, (_, at) => (gray >> (BITS - 1 - at)) & 1);
  return [1, 0, ...bits, parity(bits), 0];
}

/** The number of sixteen cells, or null where they are not a code. */
export function numberOf(cells) {
  const bits = cells.slice(2, 2 + BITS);
  const framed = cells[0] === 1 && cells[1] === 0 && cells[15] === 0;
  if (!framed || parity(bits) !== cells[14]) return null;
  let bit = 0;
  return bits.reduce((number, gray) => (number << 1) | (bit ^= gray), 0);
}

/** Draws `number` over the top `rows` of a canvas that is `width` wide. */
export function drawCode(context, number, width, rows) {
  const cell = width / CELLS;
  cellsOf(number).forEach((white, at) => {
    context.fillStyle = white ? "#fff" : "#000";
    context.fillRect(at * cell, 0, cell, rows);
  });
}

/** Reads the strip that fills a canvas of `width` x `rows`; null where there is none. */
export function readCode(context, width, rows) {
  const { data } = context.getImageData(0, 0, width, rows);
  return numberOf(Array.from({ length: CELLS }, (_, at) => (cellMean(data, at, width, rows) > 127 ? 1 : 0)));
}

/** Mean green of a cell's middle half: its borders are smeared by the codec. */
function cellMean(data, at, width, rows) {
  const cell = width / CELLS;
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(rows / 4); y < Math.ceil((3 * rows) / 4); y += 1) {
    for (let x = Math.ceil((at + 0.25) * cell); x < (at + 0.75) * cell; x += 1) {
      sum += data[(y * width + x) * 4 + 1];
      count += 1;
    }
  }
  return sum / count;
}

function parity(bits) {
  return bits.reduce((sum, bit) => sum ^ bit, 0);
}
