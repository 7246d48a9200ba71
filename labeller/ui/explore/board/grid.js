// The chosen images beside the map, each to be clicked out of the selection, and the bar that says
// what they are.

const TILE = 56; // pixels, at most, of a picture

class Grid {
  // `save` says whether all answers are saved.
  constructor(actions, save) {
    this.actions = actions;
    this.title = el("strong", { role: "status" });
    this.counts = el("span", { class: "counts" });
    this.chooser = new Chooser((item) => actions.label(item), { keys: false });
    this.levels = LEVELS.map(({ name, value }) =>
      el("button", { role: "radio", class: "level", onclick: () => actions.sure(value) }, name, el("span", { class: "percent" }, ` ${percent(value)}`)),
    );
    this.fresh = el("input", { class: "fresh", maxlength: 80, placeholder: "New class", "aria-label": "Name of a new class", onkeydown: (event) => this.freshKey(event) });
    this.add = el("button", { class: "plain", onclick: () => this.addClass() }, "Add and label");
    this.aside = el("button", { class: "plain", title: "They get no label, are not trained on and not asked about", onclick: () => actions.aside() }, "Set aside");
    this.alike = keyButton("More like it", "M", "The images nearest to it", () => actions.alike());
    this.undo = keyButton("Undo", "U", "Take the newest answer given here back", () => actions.undo());
    this.dismiss = keyButton("Clear", "Esc", "Choose nothing", () => actions.clear());
    this.note = el("p", { class: "hint note" });
    this.empty = el("p", { class: "hint empty" });
    this.tiles = el("div", { class: "tiles", role: "group", "aria-label": "Chosen images" });
    this.style = el("style");
    this.turner = this.pages();
    const levels = el("div", { class: "levels", role: "radiogroup", "aria-label": "Confidence" }, ...this.levels);
    const fresh = el("div", { class: "row" }, this.fresh, this.add, this.aside);
    this.says = el("div", { class: "says" }, levels, this.chooser.searchBox, this.chooser.chips, fresh);
    const row = el("div", { class: "row head" }, this.title, this.alike, this.dismiss, this.undo);
    const words = el("div", { class: "row" }, this.counts, this.turner);
    this.root = el("section", { class: "chosen", "aria-label": "Selection" }, row, words, this.note, this.says, this.empty, this.tiles, save, this.style);
  }

  pages() {
    this.place = el("span", {});
    const button = (sign, by, label) => el("button", { class: "plain", "aria-label": label, onclick: () => this.actions.turn(by) }, sign);
    return el("div", { class: "pages" }, button("‹", -1, "Page before"), this.place, button("›", 1, "Next page"));
  }

  render(model, pictures) {
    const { chosen, out, server } = model;
    const kept = chosen.length - out.size;
    const some = chosen.length > 0;
    text(this.title, some ? `${count(kept)} selected` : "Nothing selected");
    text(this.counts, some ? [out.size ? `${count(out.size)} clicked out` : "", model.words, this.summary(model)].filter(Boolean).join(" · ") : "");
    for (const part of [this.says, this.tiles, this.dismiss]) part.hidden = !some;
    this.alike.hidden = chosen.length !== 1;
    this.undo.disabled = !model.last;
    this.turner.hidden = model.pages < 2;
    text(this.place, `${model.page + 1} of ${model.pages}`);
    this.renderNote(model, kept);
    this.renderLevels(model.sure);
    this.says.classList.toggle("idle", Boolean(server.open) || kept === 0);
    this.aside.disabled = this.add.disabled = Boolean(server.open) || kept === 0;
    this.chooser.render(server.classes);
    this.empty.hidden = some;
    text(this.empty, model.asked ? "Looking…" : model.missing ? `${model.missing}: nothing found.` : EMPTY);
    this.renderTiles(model, pictures);
  }

  renderNote({ chosen, pages, server }, kept) {
    this.note.hidden = !chosen.length || !(server.open || pages > 1);
    const evenly = `${count(Math.ceil(chosen.length / pages))} are shown, drawn evenly; your answer goes to all ${count(kept)}.`;
    text(this.note, server.open || evenly);
  }

  renderLevels(sure) {
    LEVELS.forEach(({ value }, i) => {
      this.levels[i].classList.toggle("on", value === sure);
      this.levels[i].setAttribute("aria-checked", String(value === sure));
    });
  }

  // The labels that the chosen images have, the most frequent first.
  summary(model) {
    const column = model.points.columns.get("label");
    const counts = new Map();
    for (const row of model.chosen) counts.set(column.values[row], (counts.get(column.values[row]) ?? 0) + 1);
    const sorted = [...counts].sort((one, other) => other[1] - one[1]);
    const most = sorted.slice(0, 5).map(([code, number]) => `${code ? column.names[code - 1] : "no label"}: ${count(number)}`);
    if (sorted.length > 5) most.push(`and ${sorted.length - 5} more classes`);
    return most.join(" · ");
  }

  // Tiles are built anew only when other images are shown, and once their pictures are here.
  renderTiles(model, pictures) {
    const { name, images } = model.wanted();
    const sheet = pictures?.sheets.get(name);
    this.tiles.classList.toggle("waiting", images.length > 0 && !sheet);
    if (images.length && !sheet) return;
    const wanted = `${name} ${model.points.version} ${model.by}`;
    if (this.drawn !== wanted) {
      this.drawn = wanted;
      // The sheet stands in one rule: an address of so many letters is slow to read for each tile.
      this.style.textContent = sheet ? sheetRule(sheet) : "";
      this.buttons = new Map(model.shown().map((row, i) => [row, this.tile(model, row, sheet, i)]));
      this.tiles.replaceChildren(...this.buttons.values());
      this.tiles.scrollTop = 0;
      if (sheet) afterPaint(() => this.actions.painted());
    }
    for (const [row, node] of this.buttons) {
      const out = model.out.has(row);
      node.classList.toggle("out", out);
      node.firstChild.setAttribute("aria-pressed", String(!out));
    }
  }

  tile(model, row, sheet, place) {
    const [image] = model.images([row]);
    const words = model.points.words(model.column().name, row) || "none";
    const label = `${sheet.names[place] ?? `image ${image}`}: ${words}`;
    const side = tileSide(sheet);
    const [column, line] = [place % sheet.columns, Math.floor(place / sheet.columns)];
    const shown = el("div", { class: sheet.photo ? "cell photo" : "cell", style: { backgroundPosition: `-${column * side}px -${line * side}px` } });
    const pick = el("button", { class: "pick", title: label, "aria-label": label, onclick: () => this.actions.toggle(row) }, shown);
    const like = el("button", { class: "like", title: "More like this one", "aria-label": `More like ${label}`, onclick: () => this.actions.alike(row) }, "≈");
    const on = { onmouseenter: () => this.actions.point(row), onmouseleave: () => this.actions.point(null) };
    return el("figure", on, pick, like, el("figcaption", {}, words));
  }

  freshKey(event) {
    if (event.key === "Enter") this.addClass();
    if (event.key === "Escape") this.fresh.blur();
  }

  addClass() {
    const name = this.fresh.value.trim();
    if (!name) return this.fresh.focus();
    const known = this.chooser.classes.find((item) => item.name === name);
    this.fresh.value = "";
    this.fresh.blur();
    return this.actions.label(known ?? { label: null, name });
  }
}

const EMPTY =
  "Draw around points, or click one, to see their images here and to say what they are. With Shift a selection is added, with Alt taken away.";

function tileSide({ photo, side }) {
  return photo ? TILE : sharp(side, TILE);
}

function sheetRule(sheet) {
  const side = tileSide(sheet);
  const size = `width: ${side}px; height: ${side}px; background-size: ${sheet.columns * side}px auto`;
  return `.tiles .cell { ${size}; background-image: url("${sheet.uri}"); }`;
}

// Calls `act` once the next frame is painted.
function afterPaint(act) {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = act;
    channel.port2.postMessage(0);
  });
}
