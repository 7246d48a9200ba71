"""Small pieces: elements, the choice of a class, sizes of pictures, and the picker."""

import pytest

pytestmark = pytest.mark.browser


def test_an_element_takes_attributes_styles_and_listeners(js):
    body = """let pressed = 0;
      const node = el("button", { class: "a b", title: "t", hidden: true, open: false, name: null,
        style: { width: "3px" }, onclick: () => pressed++ }, "text", null, el("b", {}, "<i>"));
      node.click(); return [node.outerHTML, pressed]"""
    html = (
        '<button class="a b" title="t" hidden="" style="width: 3px;">text<b>&lt;i&gt;</b></button>'
    )
    assert js(body) == [html, 1]


def test_text_that_is_the_same_is_not_written_again(js):
    body = """const node = el("p", {}, "one"), child = node.firstChild; text(node, "one");
      const same = node.firstChild === child; text(node, "two"); return [same, node.textContent]"""
    assert js(body) == [True, "two"]


@pytest.mark.parametrize(
    ("side", "wanted", "size"), [(28, 200, 196), (28, 28, 28), (28, 55, 28), (256, 200, 200)]
)
def test_pixels_are_enlarged_by_whole_multiples(js, side, wanted, size):
    assert js("return sharp(side, wanted)", side=side, wanted=wanted) == size


@pytest.mark.parametrize(("number", "place"), [(0, "0px 0px"), (4, "-20px -20px")])
def test_a_cell_shows_its_part_of_the_sheet(js, number, place):
    body = """const sheet = { columns: 3, uri: "data:,", photo: number > 0 };
      const { style, className } = cell(sheet, number, 20, "x");
      return [style.width, style.backgroundSize, style.backgroundPosition, className]"""
    name = "cell photo" if number else "cell"
    assert js(body, number=number) == ["20px", "60px auto", place, name]


def test_a_picture_says_what_it_is(js):
    body = """const { alt, width, className } = picture("data:,", 40, "x", photo);
      return [alt, width, className]"""
    assert js(body, photo=False) == ["x", 40, "picture"]
    assert js(body, photo=True) == ["x", 40, "picture photo"]


def test_shares_and_counts_as_people_write_them(js):
    assert js("return [percent(0.256), percent(0.256, 1), count(1234567)]") == [
        "26 %",
        "25.6 %",
        "1,234,567",
    ]


def test_what_is_kept_is_there_again(js):
    body = "const before = stored('x', 5); keep('x', { a: 1 }); return [before, stored('x', 5)]"
    assert js(body) == [5, {"a": 1}]
    assert js("localStorage.setItem('labeller x', '{'); return stored('x', 5)") == 5


def test_a_full_or_forbidden_storage_is_no_error(js):
    body = """const { setItem } = Storage.prototype;
      Storage.prototype.setItem = () => { throw new Error(); };
      try { keep("x", 1); } finally { Storage.prototype.setItem = setItem; } return true"""
    assert js(body) is True


def test_the_help_closes_by_button_question_mark_and_beside_it(js):
    body = """const dialog = helpDialog([["X", "skip"]]); document.body.append(dialog);
      const closes = (act) => { dialog.showModal(); act(); return !dialog.open; };
      const press = (key) => dialog.dispatchEvent(new KeyboardEvent("keydown", { key }));
      return [dialog.querySelector("dt").textContent, dialog.querySelector("dd").textContent,
        closes(() => dialog.querySelector("button").click()), closes(() => press("?")),
        closes(() => dialog.click()), closes(() => dialog.querySelector("dd").click())]"""
    assert js(body) == ["X", "skip", True, True, True, False]


# The choice of a class.

CHOOSER = """
const chosen = [], chooser = new Chooser((item) => chosen.push(item.name));
document.body.append(chooser.searchBox, chooser.chips);
const classes = names.map((name) => ({ name }));
const draw = (marks) => chooser.render(classes, marks); draw();
const chips = () => [...chooser.chips.children];
const shown = () => chips().map((chip) => chip.querySelector(".name").textContent);
const type = (value) => {
  chooser.search.value = value;
  chooser.search.dispatchEvent(new Event("input"));
};
const press = (key) => chooser.search.dispatchEvent(new KeyboardEvent("keydown", { key }));
"""
MANY = [f"class {i}" for i in range(11)]


@pytest.fixture
def choose(js):
    """Runs a body after the classes of these names are drawn."""
    return lambda body, names, **values: js(f"{CHOOSER} {body}", names=names, **values)


def test_a_class_is_chosen_by_a_click_and_shows_its_key(choose):
    body = "chips()[1].click(); return [chips().map((chip) => chip.textContent), chosen]"
    assert choose(body, ["cat", "dog"]) == [["1cat", "2dog"], ["dog"]]


@pytest.mark.parametrize(("number", "hidden"), [(10, True), (11, False)])
def test_many_classes_can_be_searched(choose, number, hidden):
    assert choose("return chooser.searchBox.hidden", MANY[:number]) is hidden


def test_the_search_shows_what_has_the_letters_and_enter_takes_the_first(choose):
    body = """type(" CLASS 1 "); const found = shown(); press("Enter");
      return [found, chosen, shown().length, chooser.search.value]"""
    found = ["class 1", "class 10"]
    assert choose(body, MANY) == [found, ["class 1"], 11, ""]


def test_the_search_does_not_mind_capital_letters(choose):
    assert choose("type('zEB'); return shown()", [*MANY, "Zebra"]) == ["Zebra"]


def test_classes_found_keep_their_keys(choose):
    assert choose("type('9'); return chips().map((chip) => chip.textContent)", MANY) == ["0class 9"]


def test_escape_ends_the_search_and_enter_alone_chooses_nothing(choose):
    body = "type('10'); press('x'); const one = shown().length; press('Escape'); press('Enter');"
    assert choose(f"{body} return [one, shown().length, chosen]", MANY) == [1, 11, []]


def test_the_class_of_the_answer_and_the_suggested_one_stand_out(choose):
    body = """const number = (kind) => chooser.chips.querySelectorAll(kind).length;
      const numbers = () => [number(".on"), number(".hinted")];
      draw({ hinted: "cat" }); const hinted = numbers();
      draw({ hinted: "cat", chosen: "dog" });
      return [hinted, numbers(), chips().map((chip) => chip.ariaPressed)]"""
    assert choose(body, ["cat", "dog"]) == [[0, 1], [1, 0], ["false", "true"]]


@pytest.mark.parametrize(("names", "short"), [(["7", "12", "abc"], True), (["7", "four"], False)])
def test_short_names_stand_closer(choose, names, short):
    assert choose("return chooser.chips.classList.contains('short')", names) is short


def test_what_is_the_same_is_not_drawn_again(choose):
    body = "const chip = chips()[0]; draw({ chosen: 'cat' }); return chips()[0] === chip"
    assert choose(body, ["cat", "dog"]) is True


def test_the_marked_class_comes_into_sight_once_for_each_card(choose):
    body = """const display = "block";
      Object.assign(chooser.chips.style, { height: "60px", overflow: "auto", display });
      for (const chip of chips()) Object.assign(chip.style, { height: "40px", display });
      const shows = (place, kind) => {
        draw({ [kind]: "class 9", place });
        return chooser.chips.scrollTop;
      };
      const first = shows("1", "chosen");
      chooser.chips.scrollTop = 0;
      return [first, shows("1", "chosen"), shows("2", "hinted")]"""
    assert choose(body, MANY) == [300, 0, 300]


# The picker.


def test_the_picker_sends_the_number_of_the_picture_pressed(js):
    body = """const root = el("div"), sent = [];
      const pictures = (...numbers) => numbers.map((number) => ({ number, uri: "data:," }));
      const rows = [{ name: "<b>", photo: true, pictures: pictures(7, 8) },
        { name: "two", photo: false, pictures: pictures(9) }];
      const setTriggerValue = (...all) => sent.push(all);
      const component = { data: { chosen: 8, rows }, parentElement: root, setTriggerValue };
      const draw = () => showPicker(component);
      draw(); draw(); const buttons = [...root.querySelectorAll("button")]; buttons[2].click();
      return [sent, root.children.length, [...root.querySelectorAll("b")].map((b) => b.textContent),
        buttons.map((b) => [b.ariaPressed, b.ariaLabel, b.querySelector("img").className])]"""
    assert js(body) == [
        [["picked", 9]],
        1,
        ["<b>", "two"],
        [
            ["false", "image 7 of <b>", "photo"],
            ["true", "image 8 of <b>", "photo"],
            ["false", "image 9 of two", ""],
        ],
    ]
