"""The Review page: the preview follows the settings, and one button retrains."""

import json

import numpy as np
from sqlalchemy import select

from labeller import service
from labeller.jobs.catalogue import write_catalogue
from labeller.rounds.answer import Answer
from labeller.store.schema import Project, Round
from labeller.ui.review.deciding import consequences
from labeller.ui.review.reviewing import least_certain
from tests.conftest import label_all
from tests.service.test_round import label_truly
from tests.ui.driving import button, buttons, texts


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def test_without_answers_nothing_can_be_propagated(driver):
    app = driver.visit("review")
    assert not app.exception
    assert button(app, "Propagate and retrain").disabled
    assert "Answer some questions first" in texts(app)


def test_sliders_change_the_preview_and_write_nothing(driver, store):
    label_truly(store)
    app = driver.visit("review")
    before = float(metrics(app)["Sum of weights"].replace(",", ""))
    assert metrics(app)["Images with a label"] == "1,438"
    app.slider[0].set_value(5.0).run()
    assert float(metrics(app)["Sum of weights"].replace(",", "")) < before
    app.selectbox(key=f"review {service.project(store, 'digits').id}.decay.decay").set_value(
        "uniform"
    )
    app.run()
    assert not app.exception
    assert app.slider[0].disabled
    assert service.current_round(store, "digits").state == "asking"


def test_unanswered_cards_are_counted_with_their_images(driver, store):
    cards = service.cards(store, "digits")
    for card in cards[2:]:
        service.answer(store, "digits", card.node, Answer("label", 1))
    app = driver.visit("review")
    images = cards[0].size + cards[1].size
    assert f"2 cards are not answered: {images:,} images" in app.warning[0].value
    assert "Answer them" in buttons(app)
    assert not button(app, "Propagate and retrain").disabled


def test_the_button_propagates_retrains_and_calls_for_the_next_round(driver, store, work):
    label_all(store)
    app = driver.visit("review")
    button(app, "Propagate and retrain").click().run()
    assert not app.exception
    assert service.active_job(store, "digits").kind == "retrain"
    assert "The network learns from your answers. Then every image is encoded" in texts(app)
    with store.write() as session:
        row = session.scalars(select(Project)).one()
        taught = {**row.config, "student": {**row.config["student"], "use": True}}
        row.config, before = taught, row.config
    assert "A classifier learns from your answers. Then the next" in texts(driver.visit("review"))
    with store.write() as session:
        session.scalars(select(Project)).one().config = before
    work()
    app = driver.visit("review")
    assert "Round 2 is ready" in texts(app)
    assert buttons(app)[:2] == ["Label the next round", "See the results"]


def test_least_certain_images_come_class_by_class(store):
    label_truly(store)
    preview = service.preview(store, "digits")
    for label, rows in least_certain(preview):
        others = preview.weights[preview.labels == label]
        assert (preview.labels[rows] == label).all()
        assert preview.weights[rows].max() <= np.partition(others, len(rows) - 1)[len(rows) - 1]


def test_the_rule_can_be_changed_to_the_neighbours(driver, store):
    label_truly(store)
    app = driver.visit("review")
    key = f"review {service.project(store, 'digits').id}"
    for rule in ("spreading", "poisson"):
        app.selectbox(key=f"{key}.rule").set_value(rule).run()
        assert not app.exception
        assert metrics(app)["Images with a label"] == "1,438"
        assert app.slider(key=f"{key}.{rule}.core").value == 1.0
    button(app, "Propagate and retrain").click().run()
    assert not app.exception
    assert service.active_job(store, "digits").kind == "retrain"
    (round_,) = service.rounds(store, "digits")
    assert service.project(store, "digits").config.propagate.rule == "poisson"
    assert round_.number == 1


def test_an_image_shows_the_answers_behind_its_label(driver, store):
    label_truly(store)
    card = service.cards(store, "digits")[0]
    app = driver.visit("review")
    key = f"origin {service.project(store, 'digits').id}"
    app.text_input(key=key).set_value(str(card.medoid)).run()
    assert not app.exception
    words = texts(app)
    assert f"from the answer about cluster {card.node} in round 1" in words
    app.text_input(key=key).set_value("nobody.png").run()
    assert "No image is called" in texts(app)


def test_a_confidence_shows_its_effect_before_it_is_kept(driver, store):
    label_truly(store)
    (*_, newest) = service.answers(store, "digits")
    app = driver.visit("review")
    before = metrics(app)
    key = f"confidence {service.project(store, 'digits').id} {newest.number}"
    app.slider(key=key).set_value(20).run()
    assert not app.exception
    after = metrics(app)
    assert after["Images it decides"] == before["Images it decides"]
    assert int(after["Sum of their weights"]) < int(before["Sum of their weights"])
    assert len(service.answers(store, "digits")) == 10
    button(app, "Keep it").click().run()
    assert not app.exception
    assert service.card(store, "digits", newest.node).answer.confidence == 0.2


def test_taking_an_answer_back_says_what_goes(driver, store, work):
    parent = service.cards(store, "digits")[0].node
    service.answer(store, "digits", parent, Answer("split", split=2))
    work()
    service.answer(store, "digits", f"{parent}.1", Answer("label", 3))
    app = driver.visit("review")
    app.selectbox(key=f"deciding {service.project(store, 'digits').id}").set_value(1).run()
    button(app, "Take it back …").click().run()
    assert not app.exception
    words = texts(app)
    assert f"cluster {parent}.1: 3, 100% sure" in words.replace("\\", "")
    assert "images lose their label" in words
    assert len(service.answers(store, "digits")) == 2
    assert "Take it back" in buttons(app)  # pressed in tests/browser: AppTest reruns the whole page


def test_an_answer_that_is_taken_back_takes_that_about_its_rest_along(store, work):
    card = service.cards(store, "digits")[0]
    wrong = card.shown[len(card.shown) // 2 :]
    service.answer(store, "digits", card.node, Answer("label", 1, 0.5, wrong=wrong))
    work()
    service.answer(store, "digits", f"{card.node}.rest", Answer("label", 2))
    gone = service.undoing(store, "digits", answer=1)
    (said,) = [line for line in consequences(gone, {2: "two"}) if line.startswith("So are")]
    assert said.startswith("So are the answers about the rest of its card: cluster ")


def test_confidences_are_whole_percents(driver, store):
    node = service.cards(store, "digits")[0].node
    service.answer(store, "digits", node, Answer("label", 1, 11 / 12))
    shown = driver.visit("review").dataframe[0]
    assert round(shown.value["confidence"].iloc[0]) == 92
    columns = json.loads(shown.proto.columns)
    assert columns["confidence"]["type_config"]["format"] == "%.0f%%"


def test_where_the_method_is_not_trained_no_epochs_are_asked_for(driver, store, work):
    config = service.project(store, "digits").config
    service.train(store, "digits", config.model_copy(update={"method": "pca"}))
    work()
    write_catalogue(store)
    label_all(store)
    app = driver.visit("review")
    assert not app.exception
    key = f"review {service.project(store, 'digits').id}"
    keys = {widget.key for widget in app.number_input}
    assert f"{key} clusters" in keys
    assert f"{key} epochs" not in keys
    assert "This method is not trained" in texts(app)
    button(app, "Propagate and retrain").click().run()
    work()
    assert "Round 3 is ready" in texts(driver.visit("review"))


def test_things_of_a_plug_in_that_is_gone_are_told_and_never_replaced_in_silence(
    driver, store, catalogue
):
    label_all(store)
    with store.write() as session:
        for row in (session.scalar(select(Project)), session.scalar(select(Round))):
            chosen = {"embed": "space", "cluster": "algorithm", "propagate": "rule"}
            gone = {step: {**row.config[step], name: "gone"} for step, name in chosen.items()}
            row.config = {**row.config, **gone}
    told = {}
    for page in ("review", "train", "export"):
        app = driver.visit(page)
        assert not app.exception, page
        told[page] = [each.value for each in (*app.warning, *app.error)]
    assert told["review"] == ["The rule gone is not known here any more."]
    for noun in ("algorithm", "space"):
        assert f"The {noun} gone is not known here any more." in told["train"]
    assert any("Rule must be one of decay, " in each for each in told["export"])
    app = driver.visit("review")
    button(app, "Propagate and retrain").click().run()
    assert not app.exception
    assert any("must be one of " in each.value for each in app.error)
