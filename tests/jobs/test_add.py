"""Images that come later: they stand behind the others, and nothing of before changes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller import service
from labeller.config import EncodeConfig, PropagateConfig, StudentConfig
from labeller.data.images import ImageStore
from labeller.encoders import Encoder, register
from labeller.errors import DataError, StateError
from labeller.evaluation.targets import read_targets
from labeller.jobs import add as job
from labeller.jobs import queue
from labeller.rounds.answer import Answer
from tests.conftest import QUICK, label_all
from tests.data.making import encoded, picture, pngs, write

NEW, AGAIN = 40, 5


@pytest.fixture
def more(store, tmp_path) -> Path:
    """A folder of new images in train/ and test/, with a few of the project's own among them."""
    own = service.images(store, "digits", range(AGAIN))[..., 0]
    parts = ["test" if row % 10 == 0 else "train" for row in range(NEW)]
    files = {
        f"{part}/{'3' if row % 2 else 'cat'}/{row:03}.png": encoded(picture(row, 8, channels=1))
        for row, part in enumerate(parts)
    }
    files |= {f"train/3/own{row}.png": encoded(pixels) for row, pixels in enumerate(own)}
    files["train/notes.txt"] = b"1"
    return write(tmp_path / "more", files)


def add(store, work, source) -> str:
    """Adds images; returns the error of the job, empty if it is done."""
    number = service.add_images(store, "digits", str(source)).id
    work()
    return service.job(store, number).error


def images_of(store) -> ImageStore:
    return ImageStore(store.project_folder(service.project(store, "digits").id).data)


def finish_round(store, work) -> None:
    """Answers and learns; the next round is open."""
    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    assert service.last_job(store, "digits", "retrain").error == ""


def test_they_get_the_next_numbers_and_those_there_already_are_left(store, work, more) -> None:
    before, was = images_of(store), service.project(store, "digits")
    pixels, names, splits = before.images[:].copy(), before.names, before.splits
    truth = read_targets(before.folder)
    assert add(store, work, more) == ""

    view, after = service.project(store, "digits"), images_of(store)
    assert (view.count, view.train, view.test) == (1797 + NEW, was.train + 36, was.test + 4)
    assert np.array_equal(after.images[:1797], pixels)
    assert (after.names[:1797], after.splits[:1797].tolist()) == (names, splits.tolist())
    assert after.train[: was.train].tolist() == before.train.tolist()
    assert np.array_equal(after.images[1797], picture(1, 8, channels=1)[..., None])
    assert after.names[1797] == "train/3/001.png"
    assert set(after.splits[-4:]) == {"test"}

    assert [one.name for one in view.classes] == [*map(str, range(10)), "cat"]
    targets = read_targets(after.folder)
    assert targets[:1797].tolist() == truth.tolist()
    assert set(targets[1797:]) == {3, 10}
    (report,) = view.added
    assert view.report == was.report
    assert (report.found, report.taken) == (NEW + AGAIN + 1, NEW)
    assert {each.reason: each.count for each in report.left_out} == {
        "in the project already": AGAIN,
        "not an image (.txt)": 1,
    }
    assert not (store.project_folder(view.id).path / "adding").exists()


def test_the_same_images_again_change_nothing(store, work, more) -> None:
    assert add(store, work, more) == ""
    content = (images_of(store).folder / "images.npy").read_bytes()
    assert add(store, work, more) == ""
    view = service.project(store, "digits")
    assert (view.count, [one.taken for one in view.added]) == (1797 + NEW, [NEW, 0])
    assert (images_of(store).folder / "images.npy").read_bytes() == content


def test_an_open_round_goes_on_and_the_next_asks_about_them(store, work, more) -> None:
    cards = service.cards(store, "digits")
    service.answer(store, "digits", cards[0].node, Answer("label", label=4, confidence=0.8))
    service.propagate(store, "digits")
    table = service.labels_table(store, "digits")
    assert add(store, work, more) == ""

    assert [card.members.tolist() for card in service.cards(store, "digits")] == [
        card.members.tolist() for card in cards
    ]
    now = service.labels_table(store, "digits")
    same = [name for name in table.columns if name != "name"]
    assert now[same][:1797].equals(table[same])
    assert set(now["label"][1797:]) == {-1}
    assert set(now["weight"][1797:]) == {0.0}
    # The open round is still split, undone and answered as before.
    service.answer(store, "digits", cards[1].node, Answer("split", split=2))
    work()
    parts = [card for card in service.cards(store, "digits") if card.node.startswith("2.")]
    assert sum(card.size for card in parts) == cards[1].size
    service.undo(store, "digits")
    service.undo(store, "digits")
    assert service.labelling(store, "digits").images_labelled == 0

    # What was propagated before they came teaches all the same.
    finish_round(store, work)
    asked = np.concatenate([card.members for card in service.cards(store, "digits")])
    assert np.isin(np.arange(1797, 1797 + 36), asked).all()
    metrics = service.rounds(store, "digits")[0].metrics
    assert metrics["coverage"] == pytest.approx(1438 / (1438 + 36))


def test_the_same_network_is_asked_about_them_in_another_round(store, work, more) -> None:
    assert add(store, work, more) == ""
    service.recluster(store, "digits", QUICK)
    work()
    asked = np.concatenate([card.members for card in service.cards(store, "digits")])
    assert sorted(asked) == images_of(store).train.tolist()


def test_labels_propagated_before_they_came_still_teach(store, work, more) -> None:
    label_all(store)
    service.propagate(store, "digits")
    assert add(store, work, more) == ""
    service.retrain(store, "digits")
    work()
    assert service.last_job(store, "digits", "retrain").error == ""
    assert service.project(store, "digits").round == 2


@pytest.mark.parametrize("rule", ["decay", "spreading"])
def test_finished_rounds_and_the_classifier_say_what_they_said(store, work, more, rule) -> None:
    label_all(store)
    service.propagate(store, "digits", PropagateConfig(rule=rule))
    service.retrain(store, "digits")
    work()
    service.request_map(store, "digits", "pca", 1)
    service.draw_audit(store, "digits", 25)
    work()
    for image in service.audit(store, "digits").images[:3]:
        service.answer_audit(store, "digits", image, 1)
    folder = store.project_folder(service.project(store, "digits").id)
    kept = folder.propagation(1).read_bytes()
    was = service.labels_table(store, "digits")
    points, report = (
        service.points(store, "digits", 1, "pca"),
        service.audit_report(store, "digits"),
    )
    scores = service.rounds(store, "digits")[0].metrics
    assert add(store, work, more) == ""

    assert folder.propagation(1).read_bytes() == kept
    now = service.labels_table(store, "digits")
    assert now["label"][:1797].tolist() == was["label"].tolist()
    assert now["predicted"][:1797].tolist() == was["predicted"].tolist()
    assert now["certainty"][:1797].tolist() == was["certainty"].tolist()
    assert now["predicted"][1797:].between(0, 9).all()  # predicted at once
    assert service.rounds(store, "digits")[0].metrics == scores
    assert service.audit_report(store, "digits") == report
    assert service.points(store, "digits", 1, "pca").equals(points)
    assert service.per_class(store, "digits", "test") is not None
    assert service.evaluate(store, "digits")["model"] == 2
    service.label_issues(store, "digits")

    # An answer of the finished round is taken back: it is propagated anew, over those of its time.
    first = next(one for one in service.answers(store, "digits") if one.round == 1)
    service.undo(store, "digits", answer=first.number)
    assert (service.labels_table(store, "digits")["source_answer"] != first.number).all()
    finish_round(store, work)
    assert service.project(store, "digits").round == 3
    service.request_map(store, "digits", "pca", 1)
    service.request_map(store, "digits", "pca")
    work()
    assert len(service.points(store, "digits", None, "pca")) == 1438 + 36
    path = service.export_labels(store, "digits", folder.path / "labels.csv")
    assert len(path.read_text().splitlines()) == 1797 + NEW + 1


def test_only_they_are_shown_to_the_encoder(store, work, more, forget) -> None:
    seen: list[int] = []

    @register
    class Means(Encoder):
        name, title, licence = "means", "Means", "none"
        size, features, digest = 12, 4, "0123456789abcdef"

        def forward(self, batch: np.ndarray) -> np.ndarray:
            seen.append(len(batch))
            return batch.reshape(len(batch), 4, -1).mean(axis=2, dtype=np.float32)

    epochs = QUICK.train.model_copy(update={"epochs": 1})
    config = QUICK.model_copy(
        update={
            "encode": EncodeConfig(encoder="means"),
            "embed": QUICK.embed.model_copy(update={"of": "features"}),
            "train": epochs,
        }
    )
    service.train(store, "digits", config)
    work()
    path = store.project_folder(service.project(store, "digits").id).features(Means.digest)
    before = np.load(path)
    seen.clear()
    assert add(store, work, more) == ""
    assert sum(seen) == NEW
    after = np.load(path)
    assert np.array_equal(after[:1797], before)
    assert len(np.load(path.with_name(f"{Means.digest}-pictures.npy"))) == 1797 + NEW
    seen.clear()
    finish_round(store, work)
    asked = np.concatenate([card.members for card in service.cards(store, "digits")])
    assert (seen, int(asked.max()) >= 1797) == ([], True)


def test_a_round_among_the_uncertain_goes_on_with_its_student(store, work, more) -> None:
    student = StudentConfig(use=True, epochs=1, epochs_again=1)
    asking = {"student": student, "ask": QUICK.ask.model_copy(update={"choice": "uncertain"})}
    service.train(store, "digits", QUICK.model_copy(update=asking))
    work()
    finish_round(store, work)
    folder = store.project_folder(service.project(store, "digits").id)
    newest = service.project(store, "digits").round
    assert folder.candidates(newest).exists()  # the student says which images are asked about
    card = service.cards(store, "digits")[0]
    assert add(store, work, more) == ""
    service.answer(store, "digits", card.node, Answer("split", split=2))
    work()
    assert service.last_job(store, "digits", "split").error == ""
    finish_round(store, work)
    model = folder.model(service.last_job(store, "digits", "retrain").result["model"])
    assert len(np.load(model / "student" / "belief.npy")) == 1797 + NEW
    asked = np.concatenate([card.members for card in service.cards(store, "digits")])
    assert asked.max() >= 1797


def test_a_job_that_is_killed_while_it_moves_goes_on(store, work, more, monkeypatch) -> None:
    rename = Path.rename

    def dies(path: Path, target: Path) -> Path:
        if path.name == "data" and "next" in path.parts:
            raise DataError("killed")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", dies)
    assert add(store, work, more) == "killed"
    monkeypatch.undo()
    ended = service.last_job(store, "digits", "add")
    queue.requeue(store, ended.id)
    work()
    assert service.last_job(store, "digits", "add").state == "done"
    view = service.project(store, "digits")
    assert (view.count, len(view.added)) == (1797 + NEW, 1)
    finish_round(store, work)


def test_a_source_that_cannot_be_read_changes_nothing(store, work, tmp_path) -> None:
    empty = write(tmp_path / "empty", {"a.txt": b"1"})
    assert "holds no images" in add(store, work, empty)
    assert service.project(store, "digits").added == ()
    assert not (store.project_folder(service.project(store, "digits").id).path / "adding").exists()
    service.train(store, "digits", QUICK)
    with pytest.raises(StateError, match="cannot add images while train is queued"):
        service.add_images(store, "digits", str(empty))


def test_photos_keep_their_display_pictures_and_colours_become_grey(store, work, tmp_path) -> None:
    large = {name: encoded(picture(row, 60)[:40]) for row, name in enumerate(("a.png", "b.jpg"))}
    assert add(store, work, write(tmp_path / "photos", large)) == ""
    images = images_of(store)
    assert images.images.shape == (1799, 8, 8, 1)
    assert images.display(1798).shape == (40, 60, 3)
    assert images.display(3).shape == (8, 8, 3)
    (report,) = service.project(store, "digits").added
    assert report.letterboxed == 2


def test_pixels_decide_what_is_there_already(store, work, tmp_path) -> None:
    files = pngs("a.png", "b.png")
    files["c.bmp"] = encoded(Image.fromarray(picture(0)), "BMP")  # the same pixels as a.png
    assert add(store, work, write(tmp_path / "own", files)) == ""
    assert service.project(store, "digits").count == 1799
    assert job.KNOWN in service.project(store, "digits").added[0].left_out[0].text
