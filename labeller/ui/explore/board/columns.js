// What is known of each point: arrays as they came from the server, and the colours made of them.

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array };
const CROSS = 5; // the shape of what is no class
const NO_VALUE = 255; // of a column of values, which are 0 … 254

// Points outlive the elements, as models do: a run of the page that sends none keeps them.
const POINTS = (SHARED.points ??= new Map());

function pointsOf(session) {
  if (!POINTS.has(session)) {
    POINTS.clear(); // only the map on show: each may take megabytes
    POINTS.set(session, new Points());
  }
  return POINTS.get(session);
}

// `bytes`: the length of a JSON text, the text, and from `start` on the arrays that it names.
function unpack(bytes) {
  const buffer = bytes.slice().buffer; // arrays must begin at whole multiples of their width
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = 8 * Math.ceil((4 + length) / 8);
  for (const column of head.columns) {
    column.values = new TYPES[column.type](buffer, start + column.offset, head.count);
  }
  return head;
}

class Points {
  constructor() {
    this.count = 0;
    this.rows = new Map(); // by image number
    this.columns = new Map(); // by name: { name, title, kind, values, names }
    this.version = 0; // another one: something came
    this.placed = 0; // version at which the places came
    this.moved = 0; // how often they were moved to those of another round
    this.moving = false;
  }

  // Columns of one `part` come together, and take the place of those before.
  take({ count, part, columns }) {
    this.version += 1;
    for (const [name, column] of this.columns) if (column.part === part) this.columns.delete(name);
    for (const column of columns) this.columns.set(column.name, { ...column, part });
    if (!columns.some(({ name }) => name === "image")) return;
    this.count = count;
    this.placed = this.version;
    this.rows = new Map();
    this.values("image").forEach((image, row) => this.rows.set(image, row));
  }

  values(name) {
    return this.columns.get(name)?.values;
  }

  get complete() {
    return this.placed > 0 && this.columns.has("label");
  }

  // What is known of the points, in the order of the page.
  colours() {
    const known = [...this.columns.values()].filter(({ kind, empty }) => kind !== "place" && !empty);
    return known.sort((one, other) => one.order - other.order);
  }

  // Rows of images by number, those without a place left out.
  rowsOf(images) {
    return images.map((image) => this.rows.get(image)).filter((row) => row !== undefined);
  }

  // What a column says of a point, in words; empty where it says nothing.
  words(name, row) {
    const column = this.columns.get(name);
    if (!column) return "";
    const value = column.values[row];
    if (column.kind === "groups") return value ? column.names[value - 1] : "";
    return value === NO_VALUE ? "" : (value / 254).toFixed(2);
  }

  bounds() {
    const [x, y] = [extent(this.values("x")), extent(this.values("y"))];
    return { left: x[0], right: x[1], bottom: y[0], top: y[1] };
  }
}

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

// The points of each group: code 0 is none, code k is names[k - 1].
function countGroups({ values, names }) {
  const counts = new Uint32Array(names.length + 1);
  for (const code of values) counts[code] += 1;
  return counts;
}

// Colours (4 bytes a point) and shapes of all points by a column. `look` has the palette: `colours`,
// `symbols` (their number), `scale` for values, each colour as [r, g, b].
function looks(column, look) {
  const count = column.values.length;
  const colours = new Uint8Array(4 * count);
  const shapes = new Uint8Array(count);
  const table = column.kind === "groups" ? groupTable(column, look) : valueTable(look);
  for (let row = 0; row < count; row += 1) {
    const at = 4 * column.values[row];
    colours.set(table.subarray(at, at + 4), 4 * row);
  }
  if (column.kind === "groups") {
    for (let row = 0; row < count; row += 1) shapes[row] = shapeOf(column, column.values[row], look);
  }
  return { colours, shapes };
}

function groupTable(column, look) {
  const table = new Uint8Array(4 * (column.names.length + 1));
  for (let code = 0; code <= column.names.length; code += 1) {
    table.set([...groupColour(column, code, look), code ? 255 : 102], 4 * code);
  }
  return table;
}

// Grey for none; darker for the `muted` group, which is no class.
function groupColour({ muted }, code, { colours }) {
  if (code && code === muted) return [92, 92, 92];
  return code ? colours[(code - 1) % colours.length] : [128, 128, 128];
}

function valueTable({ scale }) {
  const table = new Uint8Array(4 * 256);
  for (let value = 0; value <= 254; value += 1) {
    const place = (value / 254) * (scale.length - 1);
    const low = Math.min(Math.floor(place), scale.length - 2);
    const share = place - low;
    const mixed = [0, 1, 2].map((i) => Math.round((1 - share) * scale[low][i] + share * scale[low + 1][i]));
    table.set([...mixed, 255], 4 * value);
  }
  table.set([128, 128, 128, 102], 4 * NO_VALUE);
  return table;
}

function shapeOf({ muted }, code, { colours, symbols }) {
  if (code && code === muted) return CROSS;
  return code ? Math.floor((code - 1) / colours.length) % symbols : 0;
}

const NORMAL = 0;
const DIM = 1;
const CHOSEN = 2;

// How each point is drawn: those outside the groups `only` are faint, and so are all but the
// `chosen` rows where there are any.
function states(column, only, chosen) {
  const count = column.values.length;
  const drawn = new Uint8Array(count);
  if (chosen.length) {
    drawn.fill(DIM);
    for (const row of chosen) drawn[row] = CHOSEN;
  }
  if (only.size) {
    for (let row = 0; row < count; row += 1) if (!only.has(column.values[row])) drawn[row] = DIM;
  }
  return drawn;
}

// Rows in the order of drawing: those without a group first, the chosen ones on top.
function layers(column, drawn) {
  const none = column.kind === "groups" ? 0 : NO_VALUE;
  const order = new Uint32Array(drawn.length);
  let place = 0;
  for (const layer of [0, 1, 2]) {
    for (let row = 0; row < drawn.length; row += 1) {
      const mine = drawn[row] === CHOSEN ? 2 : column.values[row] === none || drawn[row] === DIM ? 0 : 1;
      if (mine === layer) order[place++] = row;
    }
  }
  return order;
}
