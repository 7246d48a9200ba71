"""What the grid says of a card: how mixed it looks, its answer, its marks, where its rest is."""

import pytest

from tests.browser.javascript.cards import CLASSES, MODEL, card, labelled

pytestmark = pytest.mark.browser


def called(js, impurities):
    """For impurities by node, what each card is called: pure, some or mixed, None for a rest."""
    cards = [{"node": node, "impurity": value} for node, value in impurities.items()]
    return js("return cards.map((card) => mixture(card, cards)?.level ?? null)", cards=cards)


def test_the_best_third_is_never_called_mixed_and_the_worst_is(js):
    hints = {"1": 0.26, "2": 0.3, "3": 0.4, "4": 0.5, "5": 0.6, "6": 0.8, "7": 0.9}
    assert called(js, hints) == ["some", "some", *["mixed"] * 5]


def test_clean_cards_are_called_pure_and_the_worst_of_them_is_not(js):
    hints = {"1": 0.0, "2": 0.01, "3": 0.05, "4": 0.06, "5": 0.1, "6": 0.12, "7": 0.13}
    assert called(js, hints) == ["pure", "pure", "some", "some", "mixed", "mixed", "mixed"]


def test_a_rest_has_nothing_to_be_measured_against_and_changes_no_rank(js):
    hints = {"1": 0.26, "1.rest": 0.0, "2": 0.3, "2.rest": 0.0, "3": 0.7, "4": 0.8}
    assert called(js, hints) == ["some", None, "mixed", None, "mixed", "mixed"]


@pytest.mark.parametrize(
    ("impurity", "level"), [(0.019, "pure"), (0.02, "some"), (0.24, "some"), (0.25, "mixed")]
)
def test_of_three_cards_none_has_a_rank(js, impurity, level):
    assert called(js, {"1": impurity, "2": 0.9, "3": 0.8})[0] == level


@pytest.mark.parametrize(
    ("impurity", "level"), [(0.03, "some"), (0.049, "some"), (0.05, "mixed")], ids=str
)
def test_the_worst_of_clean_cards_is_mixed_from_a_twentieth(js, impurity, level):
    assert called(js, {"1": 0.0, "2": 0.0, "3": 0.0, "4": impurity})[3] == level


@pytest.mark.parametrize(("impurity", "level"), [(0.09, "pure"), (0.1, "some")])
def test_the_best_of_many_is_pure_below_a_tenth(js, impurity, level):
    assert called(js, {"1": impurity, "2": 0.3, "3": 0.4, "4": 0.5})[0] == level


def test_the_bar_is_drawn_against_the_worst_card(js):
    body = "return cards.map((one) => mixture(one, cards).share)"
    for impurities, shares in (([0.1, 0.4], [0.25, 1]), ([0.0, 0.05], [0, 0.5])):
        cards = [{"node": str(i), "impurity": value} for i, value in enumerate(impurities)]
        assert js(body, cards=cards) == pytest.approx(shares)


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
