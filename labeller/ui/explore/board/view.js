// From the plane of the map to the screen and back, and which points lie where. Pure.

const MARGIN = 0.94; // of the screen that the whole map takes
const MOST_ZOOM = 400; // times the whole map

class View {
  constructor() {
    Object.assign(this, { width: 1, height: 1, x: 0, y: 0, scale: 1, whole: 1, fitted: true });
  }

  resize(width, height, bounds) {
    Object.assign(this, { width: Math.max(1, width), height: Math.max(1, height) });
    if (this.fitted) this.fit(bounds);
  }

  fit({ left, right, bottom, top }) {
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    const [wide, high] = [Math.max(right - left, 1e-9), Math.max(top - bottom, 1e-9)];
    this.whole = MARGIN * Math.min(this.width / wide, this.height / high);
    this.scale = this.whole;
    this.fitted = true;
  }

  screen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, this.height / 2 - (y - this.y) * this.scale];
  }

  plane(left, top) {
    return [(left - this.width / 2) / this.scale + this.x, (this.height / 2 - top) / this.scale + this.y];
  }

  // What lies at that place of the screen stays there.
  zoom(factor, left = this.width / 2, top = this.height / 2) {
    const [x, y] = this.plane(left, top);
    const wanted = this.scale * factor;
    this.scale = Math.min(Math.max(wanted, this.whole / 2), this.whole * MOST_ZOOM);
    const [nowX, nowY] = this.plane(left, top);
    this.x += x - nowX;
    this.y += y - nowY;
    this.fitted = false;
  }

  pan(right, down) {
    this.x -= right / this.scale;
    this.y += down / this.scale;
    this.fitted = false;
  }

  // Points are larger where they are few, or far apart on the screen.
  pointSize(count) {
    const least = Math.min(7, Math.max(2.5, 7 - 1.9 * Math.log10(Math.max(count, 1) / 500)));
    return Math.min(16, least * Math.max(1, (this.scale / this.whole) ** 0.45));
  }
}

// Rows of the `visible` points (row => bool) inside a polygon of [left, top] on the screen.
function inside(points, view, polygon, visible) {
  const corners = polygon.map(([left, top]) => view.plane(left, top));
  const [cornersX, cornersY] = [0, 1].map((axis) => Float64Array.from(corners, (corner) => corner[axis]));
  const [xs, ys] = [points.values("x"), points.values("y")];
  const [left, right] = extent(cornersX);
  const [bottom, top] = extent(cornersY);
  const found = [];
  for (let row = 0; row < points.count; row += 1) {
    const x = xs[row];
    const y = ys[row];
    if (x < left || x > right || y < bottom || y > top || !visible(row)) continue;
    if (within(x, y, cornersX, cornersY)) found.push(row);
  }
  return found;
}

// Even-odd rule.
function within(x, y, xs, ys) {
  let odd = false;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    if (ys[i] > y !== ys[j] > y && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) odd = !odd;
  }
  return odd;
}

function box([left, top], [right, bottom]) {
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

// Rows of the visible points nearest to a place of the screen, at most `radius` pixels away.
function nearest(points, view, [left, top], radius, visible, most = 1) {
  const [x, y] = view.plane(left, top);
  const [xs, ys] = [points.values("x"), points.values("y")];
  const reach = radius / view.scale;
  const found = [];
  for (let row = 0; row < points.count; row += 1) {
    const [dx, dy] = [xs[row] - x, ys[row] - y];
    if (Math.abs(dx) > reach || Math.abs(dy) > reach) continue;
    const away = dx * dx + dy * dy;
    if (away <= reach * reach && visible(row)) found.push([away, row]);
  }
  return found.sort((one, other) => one[0] - other[0]).slice(0, most).map(([, row]) => row);
}

// Rows so that those that lie together on the map come together: cell by cell, in stripes to and fro.
function arranged(rows, points) {
  const stripes = Math.max(1, Math.round(Math.sqrt(rows.length / 2)));
  const across = 2 * stripes;
  const [column, stripe] = ["x", "y"].map((axis, i) => cells(rows, points.values(axis), i ? stripes : across));
  const key = rows.map((_, i) => {
    const down = stripes - 1 - stripe[i];
    return down * across + (down % 2 ? across - 1 - column[i] : column[i]);
  });
  const ends = new Uint32Array(stripes * across + 1);
  for (const cell of key) ends[cell + 1] += 1;
  for (let cell = 0; cell < ends.length - 1; cell += 1) ends[cell + 1] += ends[cell];
  const order = new Array(rows.length);
  key.forEach((cell, i) => (order[ends[cell]++] = rows[i]));
  return order;
}

// Which of `number` equal parts of their range the values of the rows lie in.
function cells(rows, values, number) {
  const mine = Float32Array.from(rows, (row) => values[row]);
  const [low, high] = extent(mine);
  const width = (high - low) / number || 1;
  return Uint32Array.from(mine, (value) => Math.min(number - 1, Math.floor((value - low) / width)));
}

// The middle of each group of a column, [x, y] by code: half of its points lie on either side.
function middles(column, points) {
  const parts = Array.from(countGroups(column), (count) => new Uint32Array(count));
  const filled = new Uint32Array(parts.length);
  column.values.forEach((code, row) => (parts[code][filled[code]++] = row));
  const median = (rows, values) => Float32Array.from(rows, (row) => values[row]).sort()[rows.length >> 1];
  return parts.map((rows) => rows.length && [median(rows, points.values("x")), median(rows, points.values("y"))]);
}
