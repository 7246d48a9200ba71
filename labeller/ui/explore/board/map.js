// The map: its canvas, the tools above it, the legend beside it, and what the mouse does on it.

const NEAR = 9; // pixels from a point at which the mouse means it
const STILL = 4; // pixels that a click may move
const AROUND = 24; // pictures fetched at once around the mouse, of points within
const AROUND_RADIUS = 60; // pixels
const SETTLE = 60; // ms that the mouse rests before pictures are asked for
const MOST_NAMES = 40;
const MODES = [
  { name: "lasso", title: "Lasso", key: "L" },
  { name: "box", title: "Box", key: "B" },
  { name: "move", title: "Move", key: "V" },
];

class MapFrame {
  // `actions`: choose(rows, how), hover(row), want(rows), redraw().
  constructor(actions) {
    this.actions = actions;
    this.view = new View();
    this.mode = "lasso";
    this.hovered = null;
    this.canvas = el("canvas", { class: "points" });
    this.over = el("canvas", { class: "over", tabindex: 0, role: "img", "aria-label": "Map of the images" });
    this.names = el("div", { class: "names", "aria-hidden": "true" });
    this.tip = el("div", { class: "tip", role: "status", hidden: true });
    this.drawing = new Drawing(this.canvas);
    this.root = el("div", { class: "map" }, this.canvas, this.names, this.over, this.tip);
    if (!this.drawing.works) this.root.append(noWebGL());
    this.listen();
    new ResizeObserver(() => this.resize()).observe(this.root);
  }

  listen() {
    const on = (name, act, options) => this.over.addEventListener(name, act, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", () => this.stop());
    on("pointerleave", () => !this.drag && this.hover(null));
    // Whoever draws has left the field of the search; the map itself needs no focus for its keys.
    on("mousedown", (event) => (event.preventDefault(), this.over.getRootNode().activeElement?.blur()));
    on("contextmenu", (event) => event.preventDefault());
    on("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.drawing.build();
      this.drawn = {};
      this.actions.redraw();
    });
  }

  at(event) {
    const { left, top } = this.over.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  down(event) {
    if (!this.model?.points.complete) return;
    const moves = this.mode === "move" || event.button !== 0;
    this.drag = { from: this.at(event), last: this.at(event), path: [this.at(event)], moves, far: false };
    this.over.setPointerCapture(event.pointerId);
    this.hover(null);
  }

  move(event) {
    const here = this.at(event);
    const { drag } = this;
    if (!drag) return this.hover(here);
    drag.far ||= Math.hypot(here[0] - drag.from[0], here[1] - drag.from[1]) > STILL;
    if (drag.moves) {
      this.view.pan(here[0] - drag.last[0], here[1] - drag.last[1]);
      this.paint();
    } else if (this.mode === "box") {
      drag.path = box(drag.from, here);
    } else if (Math.hypot(here[0] - drag.last[0], here[1] - drag.last[1]) < 3) {
      return null; // a polygon of fewer corners is as good
    } else {
      drag.path.push(here);
    }
    drag.last = here;
    return this.paintOver();
  }

  up(event) {
    const { drag } = this;
    if (!drag) return;
    this.stop();
    if (drag.far && drag.moves) return;
    const how = event.shiftKey ? "add" : event.altKey ? "less" : "";
    const [visible, { points }] = [this.model.visible(), this.model];
    performance.mark("labeller-selected");
    if (!drag.far) return this.actions.choose(nearest(points, this.view, drag.from, NEAR, visible), how);
    this.actions.choose(arranged(inside(points, this.view, drag.path, visible), points), how);
  }

  stop() {
    this.drag = null;
    this.paintOver();
  }

  wheel(event) {
    event.preventDefault();
    const step = event.deltaMode === 1 ? 16 * event.deltaY : event.deltaY;
    this.view.zoom(Math.exp(-0.0016 * Math.max(-240, Math.min(240, step))), ...this.at(event));
    this.hover(null);
    this.paint();
  }

  zoom(factor) {
    this.view.zoom(factor);
    this.paint();
  }

  fit() {
    this.view.fit(this.model.points.bounds());
    this.paint();
  }

  setMode(mode) {
    this.mode = mode;
    this.over.dataset.mode = mode;
  }

  // The point under the mouse, `here` in pixels; null: none.
  hover(here) {
    if (!this.model?.points.complete) return;
    const { points } = this.model;
    const [row = null] = here ? nearest(points, this.view, here, NEAR, this.model.visible()) : [];
    if (row === this.hovered) return;
    this.hovered = row;
    this.over.classList.toggle("point", row !== null);
    this.paintOver();
    this.actions.hover(row);
    clearTimeout(this.settling);
    if (row === null) return;
    const around = nearest(points, this.view, here, AROUND_RADIUS, this.model.visible(), AROUND);
    this.settling = setTimeout(() => this.actions.want([...new Set([row, ...around])]), SETTLE);
  }

  // A point that the mouse is on elsewhere, on its picture in the grid.
  point(row) {
    this.hovered = row;
    this.paintOver();
  }

  resize() {
    const { clientWidth, clientHeight } = this.root;
    if (!clientWidth || !this.model?.points.complete) return;
    this.view.resize(clientWidth, clientHeight, this.model.points.bounds());
    this.paint();
  }

  // Sends to the graphics card what differs from the last time.
  render(model, look) {
    this.model = model;
    const { points } = model;
    if (!this.drawing.works || !points.complete) return;
    const column = model.column();
    const drawn = (this.drawn ??= {});
    const coloured = `${points.version} ${column.name}`;
    const stated = `${coloured} ${[...model.only]} ${hash(model.chosen)}`;
    if (drawn.placed !== points.placed || drawn.points !== points) {
      this.view.fitted = true;
      this.resize();
    }
    const placed = `${points.placed} ${points.moved}`;
    const named = `${coloured} ${placed}`;
    if (drawn.located !== placed || drawn.points !== points) {
      this.drawing.put({ place: pairs(points.values("x"), points.values("y")) });
    }
    if (drawn.coloured !== coloured) {
      const { colours, shapes } = looks(column, look);
      this.drawing.put({ colour: colours, shape: shapes });
    }
    // While the points move, no name has a place.
    if (points.moving) this.plates = [];
    else if (drawn.named !== named) this.middles = column.kind === "groups" ? middles(column, points) : [];
    if (drawn.stated !== stated) {
      const state = states(column, model.only, model.chosen);
      this.drawing.put({ state, order: layers(column, state) });
    }
    const same = drawn.named === named && drawn.points === points && drawn.stated === stated;
    if (points.moving) this.names.replaceChildren();
    else if (!same) this.renderNames(column, model.only);
    this.drawn = { placed: points.placed, located: placed, points, coloured, stated };
    if (!points.moving) this.drawn.named = named;
    if (!same) this.paint(); // pictures that arrive change nothing here
  }

  renderNames({ names = [], muted }, only) {
    const groups = names.map((name, i) => ({ name, code: i + 1 })).filter(({ code }) => code !== muted);
    const shown = groups.filter(({ code }) => this.middles[code] && (!only.size || only.has(code)));
    this.plates = (shown.length > MOST_NAMES ? [] : shown).map(({ name, code }) => ({
      place: this.middles[code],
      node: el("span", { class: "plate" }, name.length > 18 ? `${name.slice(0, 17)}…` : name),
    }));
    this.names.replaceChildren(...this.plates.map(({ node }) => node));
  }

  // One frame, however often it is asked for.
  paint() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paintNow();
    });
  }

  paintNow() {
    if (!this.drawing.works || !this.model?.points.complete || !this.root.clientWidth) return;
    const { model, view } = this;
    const fade = model.chosen.length ? 0.14 : 0.06;
    this.drawing.draw(view, view.pointSize(model.points.count), fade);
    for (const { place, node } of this.plates ?? []) {
      const [left, top] = view.screen(...place);
      node.style.transform = `translate(${left}px, ${top}px) translate(-50%, -50%)`;
    }
    this.paintOver();
    if (this.marked) return;
    this.marked = true;
    performance.mark("labeller-map-painted");
  }

  // The lasso, and a ring around the point under the mouse.
  paintOver() {
    const { over, view, drag } = this;
    const dense = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(view.width * dense), Math.round(view.height * dense)];
    if (over.width !== width || over.height !== height) Object.assign(over, { width, height });
    const pen = over.getContext("2d");
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    const style = getComputedStyle(over);
    if (drag && !drag.moves && drag.far) {
      pen.beginPath();
      for (const [left, top] of drag.path) pen.lineTo(left, top);
      pen.closePath();
      Object.assign(pen, { strokeStyle: style.accentColor, fillStyle: style.accentColor, lineWidth: 1.5 });
      pen.globalAlpha = 0.12;
      pen.fill();
      pen.globalAlpha = 1;
      pen.stroke();
    }
    if (this.hovered === null || this.hovered === undefined) return;
    const { points } = this.model;
    const [left, top] = view.screen(points.values("x")[this.hovered], points.values("y")[this.hovered]);
    pen.beginPath();
    pen.arc(left, top, view.pointSize(points.count) / 2 + 4, 0, 2 * Math.PI);
    Object.assign(pen, { strokeStyle: style.color, lineWidth: 2 });
    pen.stroke();
  }

  // Beside the hovered point, on the side with more room.
  showTip(...content) {
    this.tip.hidden = content.length === 0;
    if (this.tip.hidden) return;
    this.tip.replaceChildren(...content);
    const { points } = this.model;
    const [left, top] = this.view.screen(points.values("x")[this.hovered], points.values("y")[this.hovered]);
    const beside = left > this.view.width / 2 ? left - this.tip.offsetWidth - 14 : left + 14;
    const most = this.view.height - this.tip.offsetHeight - 6;
    this.tip.style.transform = `translate(${beside}px, ${Math.max(6, Math.min(most, top - 30))}px)`;
  }

  // The map as it is on show, on the colour of the page.
  png() {
    this.drawing.draw(this.view, this.view.pointSize(this.model.points.count), 0.12);
    const { width, height } = this.canvas;
    const sheet = Object.assign(document.createElement("canvas"), { width, height });
    const pen = sheet.getContext("2d");
    pen.fillStyle = getComputedStyle(this.root).backgroundColor;
    pen.fillRect(0, 0, width, height);
    pen.drawImage(this.canvas, 0, 0);
    const dense = width / this.view.width;
    pen.scale(dense, dense);
    Object.assign(pen, { font: "600 13px sans-serif", textAlign: "center", textBaseline: "middle" });
    for (const { place, node } of this.plates ?? []) {
      const [left, top] = this.view.screen(...place);
      const half = pen.measureText(node.textContent).width / 2 + 5;
      pen.fillStyle = "rgba(20, 24, 32, 0.72)";
      pen.fillRect(left - half, top - 10, 2 * half, 20);
      pen.fillStyle = "#fff";
      pen.fillText(node.textContent, left, top);
    }
    return sheet.toDataURL("image/png");
  }
}

function noWebGL() {
  return el(
    "div",
    { class: "without", role: "alert" },
    el("h3", {}, "The map needs WebGL 2"),
    el("p", { class: "hint" }, "This browser does not offer it: switch on hardware acceleration, or open the page in a current Firefox, Chrome, Edge or Safari. Searching by file name works without."),
  );
}
