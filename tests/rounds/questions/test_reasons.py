"""The sentence that says why a card is asked."""

from labeller.rounds.questions.order import why_asked


def test_before_a_student_it_says_for_how_many_images_an_answer_speaks():
    assert why_asked(1200, None) == "One answer speaks for 1,200 alike images."
    assert why_asked(1, None) == "One answer speaks for this image."


def test_later_it_says_how_much_is_known():
    assert why_asked(30, 0.434) == "So far 43% is known of these 30 alike images."
    assert why_asked(1, 0.2) == "So far 20% is known of this image."
