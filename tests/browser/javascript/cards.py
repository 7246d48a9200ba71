"""Cards as the server sends them, and a model of the label grid that has received some."""


def card(node, **values):
    """A card as the server sends it."""
    plain = {"state": "open", "answer": None, "doubt": None, "taken": 0, "depth": 0, "fresh": 1}
    return {"node": node, "sheet": f"{node}!", "size": 10, "shown": [1, 2, 3, 4]} | plain | values


def label(number, **values):
    return {"kind": "label", "label": number, "confidence": 1.0, "wrong": [], "only": []} | values


def labelled(node, number=0, **values):
    return card(node, state="labelled", answer=label(number, **values))


CLASSES = [{"label": 0, "name": "cat"}, {"label": 1, "name": "dog"}]
MODEL = """
const model = new Model("s");
const send = (cards, more = {}) =>
  model.receive({ cards, classes, order: [], applied: {}, failed: [], images: 40, ...more });
send(cards);
"""

OPEN = [card("1"), card("2"), card("3")]
# Marks those of the numbers in `marked` on the card on show.
MARK = "const on = model.card(model.at); for (const n of marked) model.marks.toggle(on, n);"
