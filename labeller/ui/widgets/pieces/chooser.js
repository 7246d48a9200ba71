// The classes with their keys, to click, and a search where they are many; how sure one may be.

const LEVELS = [
  { name: "Sure", value: 1.0 },
  { name: "Likely", value: 0.8 },
  { name: "Maybe", value: 0.5 },
  { name: "Guess", value: 0.3 },
];

const SURE = LEVELS[0].value;

class Chooser {
  // Without `keys` digits choose nothing. `hover`: told of the class that the mouse or the focus is on,
  // and null when it left.
  constructor(choose, { keys = true, hover = () => {} } = {}) {
    this.choose = choose;
    this.keys = keys;
    this.hover = hover;
    this.filter = "";
    this.shown = "";
    this.classes = [];
    this.search = el("input", {
      type: "search",
      class: "search",
      placeholder: "Search classes",
      "aria-label": "Search classes",
      oninput: () => this.setFilter(this.search.value),
      onkeydown: (event) => this.searchKey(event),
    });
    this.searchBox = el("div", { class: "search-box" }, this.search, keys ? key("/") : null);
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "Classes" });
  }

  // `marks`: names of the class that is `chosen` and of the one `hinted`; when `place` changes, the
  // marked one is scrolled into sight.
  render(classes, marks = {}) {
    this.classes = classes;
    this.marks = marks;
    this.searchBox.hidden = classes.length <= 10;
    const keys = this.keys ? classKeys(classes) : new Map();
    const visible = classes.filter(({ name }) => name.toLowerCase().includes(this.filter));
    const signature = JSON.stringify([visible, classes.length, [...keys]]);
    if (this.shown !== signature) {
      this.shown = signature;
      this.chips.replaceChildren(...visible.map((item) => this.chip(item, keys.get(item.name))));
      this.chips.classList.toggle("short", classes.every(({ name }) => name.length <= 3));
    }
    [...this.chips.children].forEach((chip, i) => {
      const { name } = visible[i];
      chip.classList.toggle("on", name === marks.chosen);
      chip.setAttribute("aria-pressed", String(name === marks.chosen));
      chip.classList.toggle("hinted", name === marks.hinted && !marks.chosen);
    });
    const wanted = this.chips.querySelector(".on, .hinted");
    if (wanted && marks.place !== this.scrolledFor) {
      this.scrolledFor = marks.place;
      this.chips.scrollTop = wanted.offsetTop - this.chips.offsetTop - 60;
    }
  }

  chip(item, label) {
    const act = () => this.choose(item);
    const name = el("span", { class: "name", title: item.name }, item.name);
    const [on, off] = [() => this.hover(item), () => this.hover(null)];
    const listening = { onmouseenter: on, onmouseleave: off, onfocus: on, onblur: off };
    return el("button", { class: "chip", onclick: act, ...listening }, label ? key(label.toUpperCase()) : null, name);
  }

  setFilter(value) {
    this.filter = value.trim().toLowerCase();
    this.render(this.classes, this.marks);
  }

  searchKey(event) {
    if (event.key === "Enter" && this.filter) this.chips.firstElementChild?.click();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    this.search.value = "";
    this.setFilter("");
    this.search.blur();
  }
}
