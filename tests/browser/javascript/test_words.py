"""What the grid says of a card: how mixed it looks, its answer, its marks, where its rest is."""

import pytest

from tests.browser.javascript.cards import CLASSES, MODEL, card, labelled

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("share", "level", "words"),
    [
        (0.0, "pure", "looks like one thing"),
        (0.069, "pure", "looks like one thing"),
        (0.07, "some", "about 1 in 14 may be something else"),
        (0.26, "some", "about 1 in 4 may be something else"),
        (0.3, "mixed", "about 1 in 3 may be something else: mark them, or split"),
        (0.45, "mixed", "about half may be something else: mark them, or split"),
        (0.95, "mixed", "about half may be something else: mark them, or split"),
    ],
)
def test_how_mixed_a_card_is_in_words_of_its_own_share(js, share, level, words):
    told = js("return mixture({ node: '1', mixed: share })", share=share)
    assert told == {"level": level, "words": words, "share": share}


def test_a_rest_has_nothing_to_be_measured_against(js):
    assert js("return mixture({ node: '1.rest', mixed: 0.4 })") is None


@pytest.fixture
def words(js):
    """The words of a function about one of the cards of a model."""

    def run(body, *cards):
        return js(f"{MODEL} return {body}", cards=list(cards), classes=CLASSES)

    return run


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (labelled("1", 1), "dog · Sure"),
        (labelled("1", 1, confidence=0.8), "dog · Likely"),
        (labelled("1", 1, confidence=0.75, wrong=[2, 3]), "dog · 75 % · all but 2"),
        (labelled("1", 0, only=[3]), "cat · Sure · only 1"),
        (card("1", state="splitting", answer={"split": 4}), "being split into 4"),
        (card("1", state="splitting"), "being split into several"),
        (card("1", state="skipped"), "skipped"),
        (card("1", state="split"), "split"),
        (card("1"), ""),
    ],
)
def test_an_answer_in_words(words, one, text):
    assert words("answerText(cards[0], model)", one) == text


@pytest.mark.parametrize(
    ("value", "name"), [(1.0, "Sure"), (0.804, "Likely"), (0.5, "Maybe"), (0.3, "Guess")]
)
def test_the_name_of_a_confidence(js, value, name):
    assert js("return levelName(value)", value=value) == name
    assert js("return levelName(value + 0.01)", value=value) == f"{100 * value + 1:.0f} %"


@pytest.mark.parametrize(
    ("one", "part"),
    [(card("1"), ""), (card("1.2", depth=1), "part"), (card("1.rest", depth=1), "rest")],
)
def test_what_kind_of_part_a_card_is(js, one, part):
    assert js("return partOf(one)", one=one) == part


MARKED = [card("7"), labelled("1", 1, wrong=[2]), card("1.rest", depth=1, why="because")]


def test_a_part_says_of_which_card(words):
    assert words("partText(cards[0], model)", card("1.2", depth=1)) == "part 1.2 of a split"
    assert words("partText(cards[2], model)", *MARKED) == "rest of card 2, dog"
    assert words("partText(cards[0], model)", card("1.rest", depth=1)) == "rest of another card"
    skipped = card("1", state="skipped", answer={"kind": "skip"})
    assert words("partText(cards[1], model)", skipped, MARKED[2]) == "rest of another card"


def test_why_a_card_is_asked(words):
    assert words("whyText(cards[0], model)", card("1", why="far away")) == "far away"
    assert words("whyText(cards[0], model)", MARKED[2]) == "because"
    marked = words("whyText(cards[2], model)", *MARKED)
    assert marked.startswith("You marked images of card 2 as not dog:")


def test_where_the_rest_of_a_card_is_asked(words):
    assert words("restText(cards[1], model)", *MARKED) == " · its rest is card 3"
    assert words("restText(cards[0], model)", *MARKED) == ""
    coming = [card("1", rest_comes=True)]
    assert words("restText(cards[0], model)", *coming) == " · looking for its rest…"


@pytest.mark.parametrize(
    ("images", "only", "text"),
    [
        ([], False, "All of them. Click a picture that is something else."),
        ([1], True, "Only the 1 marked"),
        ([1, 2], False, "All but 2 of the 4 shown"),
        ([1, 2, 3, 4], False, "None is left: turn round, split or skip."),
        ([1, 2, 3, 4], True, "Only the 4 marked"),
    ],
)
def test_what_marks_mean(js, images, only, text):
    marks = {"images": images, "only": only}
    assert js("return marksText(one, marks)", one=card("1"), marks=marks) == text


def test_marks_without_a_chosen_confidence_follow_the_share_that_is_right(js):
    body = "return markedConfidence(one, { images: [1], only, sure })"
    for only, sure, confidence in ((False, None, 0.75), (True, None, 1), (False, 0.3, 0.3)):
        assert js(body, one=card("1"), only=only, sure=sure) == confidence


@pytest.mark.parametrize(("sure", "shown"), [(1, ""), (0.8, "80"), (0.05, "5"), (0.996, "")])
def test_a_tile_shows_how_sure_its_answer_is(js, sure, shown):
    assert js("return unsure({ confidence: sure })", sure=sure) == shown


def test_what_others_say_of_a_card(grid):
    voices = [
        {"expert": "me", "kind": "label", "label": 0},
        {"expert": "ada", "kind": "label", "label": 0},
        {"expert": "ben", "kind": "label", "label": 1},
        {"expert": "cy", "kind": "split", "label": None},
        {"expert": "dan", "kind": "skip", "label": None},
    ]
    body = "return voicesText(model.card('1'), model)"
    answered = {**labelled("1", 0, expert="me"), "voices": voices}
    assert grid(body, answered) == "me · ada: agrees · ben: dog · cy: no class · dan: skipped"
    assert grid(body, labelled("1", 0, expert="ada")) == "ada"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ""),
        ({"counts": {"label": 1}}, ", counts as dog"),
        ({"disputed": True}, ", people differ: a look by somebody else settles it"),
        ({"disputed": True, "doubt": "People differ"}, ""),
    ],
)
def test_what_becomes_of_an_answer_that_others_do_not_share(grid, values, words):
    assert grid("return standsText(model.card('1'), model)", {**labelled("1"), **values}) == words
