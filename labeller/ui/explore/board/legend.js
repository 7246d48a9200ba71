// What the colours mean: groups to click, or the scale of a value; and what is chosen to colour by.

class Legend {
  constructor(actions) {
    this.actions = actions;
    this.by = el("select", { class: "by", "aria-label": "Colour by", onchange: () => this.choose() });
    this.rows = el("div", { class: "groups", role: "group", "aria-label": "Groups" });
    this.root = el("section", { class: "legend", "aria-label": "Legend" }, el("label", { class: "by-box" }, el("span", {}, "Colour by"), this.by), this.rows);
  }

  // The next keys are the board's.
  choose() {
    this.by.blur();
    this.actions.colour(this.by.value);
  }

  render(model, look) {
    const { points } = model;
    if (!points.complete) return;
    const column = model.column();
    const shown = `${points.version} ${column.name}`;
    if (this.shown !== shown) {
      this.shown = shown;
      const options = points.colours().map(({ name, title }) => el("option", { value: name }, title));
      this.by.replaceChildren(...options);
      this.by.value = column.name;
      this.rows.replaceChildren(...(column.kind === "groups" ? this.groups(column, look) : [this.scale(look)]));
    }
    for (const row of this.rows.children) {
      if (!row.dataset.code) continue;
      const code = Number(row.dataset.code);
      row.setAttribute("aria-pressed", String(model.only.has(code)));
      row.classList.toggle("off", model.only.size > 0 && !model.only.has(code));
    }
  }

  groups(column, look) {
    const counts = countGroups(column);
    const codes = [...column.names.keys()].map((i) => i + 1).filter((code) => counts[code]);
    if (counts[0]) codes.push(0);
    return codes.map((code) => this.group(column, code, counts[code], look));
  }

  group(column, code, number, look) {
    const name = code ? column.names[code - 1] : "none";
    const colour = `rgb(${groupColour(column, code, look)})`;
    const symbol = el("span", { class: "symbol", "aria-hidden": "true", style: { color: colour } }, SYMBOLS[shapeOf(column, code, look)]);
    return el(
      "button",
      {
        class: "group",
        "data-code": String(code),
        title: `${name}: click to see only it, with Shift to add it`,
        onclick: (event) => this.actions.isolate(code, event.shiftKey || event.ctrlKey || event.metaKey),
      },
      symbol,
      el("span", { class: "name" }, name),
      el("span", { class: "number" }, count(number)),
    );
  }

  scale({ scale }) {
    const colours = scale.map((colour) => `rgb(${colour})`).join(", ");
    const bar = el("div", { class: "ramp", style: { background: `linear-gradient(to right, ${colours})` } });
    return el("div", { class: "scale" }, "0", bar, "1");
  }
}
