"""The Explore page: a map on request, what the board is sent, what it sends, and the downloads."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from labeller import service
from labeller.errors import StateError
from labeller.records import ClassView
from labeller.ui.explore.board import apply_log, payload
from labeller.ui.explore.downloads import csv_of, html_of
from labeller.ui.explore.exploring import closed
from labeller.ui.widgets.pieces.ledger import Ledger
from tests.conftest import label_all
from tests.ui.driving import Driver, button, buttons, texts

CLASSES = (ClassView(0, "cat"), ClassView(1, "dog"))


def unpacked(content: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """What `columns.js` reads: the head, and values by name."""
    length = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + length])
    start = -(-(4 + length) // 8) * 8
    values = {
        column["name"]: np.frombuffer(
            content, column["type"], head["count"], start + column["offset"]
        )
        for column in head["columns"]
    }
    return head, values


def points(**columns) -> pd.DataFrame:
    """Four points, of which two have a label."""
    given = {
        "x": [0.0, 1.0, 2.0, 3.0],
        "y": [0.5, 0.0, 0.0, 0.0],
        "image": [7, 5, 3, 1],
        "cluster": ["10", "2", "2.1", ""],
        "true": [None] * 4,
        "predicted": [None] * 4,
        "certainty": np.full(4, np.nan, np.float32),
    }
    return pd.DataFrame({**given, **columns})


def labels(**columns) -> dict[str, np.ndarray]:
    """What `service.point_labels` says of eight images, of which two have a label."""
    given = {
        "label": np.array([-1, -1, -1, 0, -1, -1, -1, 1]),
        "name": np.array([None, None, None, "cat", None, None, None, "dog"], object),
        "weight": np.array([0, 0, 0, 1, 0, 0, 0, 0.5], np.float32),
        "issue": np.full(8, None, object),
        "expert": np.full(8, None, object),
        "aside": np.zeros(8, bool),
    }
    return {**given, **columns}


@pytest.fixture
def mapped(store, work):
    """The store with a PCA map of round 1."""
    service.request_map(store, "digits", "pca")
    work()
    return store


def test_before_training_one_button_leads_on(tmp_path, monkeypatch):
    store = service.open_store(tmp_path)
    service.create_project(store, "digits", "digits")
    app = Driver(tmp_path, monkeypatch).visit("explore")
    assert not app.exception
    assert "No map yet" in texts(app)
    store.close()


def test_a_map_is_drawn_on_request(driver, store, work):
    app = driver.visit("explore")
    assert not app.exception
    app.segmented_control(key="map").set_value("pca").run()
    button(app, "Draw the map").click().run()
    assert [job.arguments["map"] for job in service.jobs(store) if job.kind == "map"] == ["pca"]
    work()
    app = driver.visit("explore")
    assert not app.exception
    assert app.segmented_control(key="map").value == "pca"  # the one there is
    assert "Draw the map" not in buttons(app)
    assert len(app.get("bidi_component")) >= 5


def test_columns_lie_where_the_browser_reads_them():
    content = payload.packed("s", "fixed", payload.fixed_columns(points(), CLASSES))
    head, values = unpacked(content)
    assert (head["session"], head["part"], head["count"]) == ("s", "fixed", 4)
    assert all(column["offset"] % 8 == 0 for column in head["columns"])
    assert values["x"].tolist() == [0, 1, 2, 3]
    assert values["image"].tolist() == [7, 5, 3, 1]
    again = payload.packed("s", "fixed", payload.fixed_columns(points(), CLASSES))
    assert content == again
    moved = payload.packed("s", "fixed", payload.fixed_columns(points(y=[0.0] * 4), CLASSES))
    assert unpacked(moved)[0]["digest"] != head["digest"]


def test_only_what_is_known_is_offered():
    known = {column.name for column in payload.fixed_columns(points(), CLASSES) if not column.empty}
    assert known == {"x", "y", "image", "cluster"}
    given = points(true=["cat", None, None, None], certainty=np.array([1, 0, 0, 0], np.float32))
    known = {column.name for column in payload.fixed_columns(given, CLASSES) if not column.empty}
    assert {"true", "certainty"} <= known


def test_a_class_has_the_same_code_in_every_column():
    images = np.array([7, 5, 3, 1])
    given = points(true=["dog", "dog", "cat", None], predicted=["dog", None, None, None])
    _, values = unpacked(payload.packed("s", "a", payload.fixed_columns(given, CLASSES)))
    _, said = unpacked(payload.packed("s", "b", payload.label_columns(labels(), images, CLASSES)))
    assert said["label"].tolist() == [2, 0, 1, 0]
    assert values["true"].tolist() == [2, 2, 1, 0]
    assert values["predicted"].tolist() == [2, 0, 0, 0]


def test_images_set_aside_are_a_group_of_their_own():
    aside = np.arange(8) == 5
    found = payload.label_columns(labels(aside=aside), np.array([7, 5, 3, 1]), CLASSES)
    label = next(column for column in found if column.name == "label")
    assert label.names[label.muted - 1] == payload.ASIDE
    assert label.values.tolist() == [2, label.muted, 1, 0]


def test_clusters_are_ordered_as_numbers():
    columns = payload.fixed_columns(points(), CLASSES)
    cluster = next(column for column in columns if column.name == "cluster")
    assert list(cluster.names) == ["cluster 2", "cluster 2.1", "cluster 10"]
    assert cluster.values.tolist() == [3, 1, 2, 0]


def test_shares_are_sent_as_bytes():
    images = np.array([7, 5, 3, 1])
    _, said = unpacked(payload.packed("s", "b", payload.label_columns(labels(), images, CLASSES)))
    assert said["weight"].tolist() == [127, 255, 254, 255]  # none without a label
    given = points(certainty=np.array([0.5, np.nan, 1, 0], np.float32))
    _, values = unpacked(payload.packed("s", "a", payload.fixed_columns(given, CLASSES)))
    assert values["certainty"].tolist() == [127, 255, 254, 0]


def test_more_names_than_a_byte_holds():
    many = [f"{number}" for number in range(300)]
    given = pd.DataFrame({"x": 0.0, "y": 0.0, "image": range(300), "cluster": many})
    _, values = unpacked(payload.packed("s", "a", payload.fixed_columns(given, CLASSES)))
    assert values["cluster"].tolist() == list(range(1, 301))


def test_a_sheet_has_the_pictures_and_their_names(store):
    def read(images, side):
        return service.pictures(store, "digits", images, side)

    sheet = payload.grid_sheet([3, 1], read, lambda images: [f"n{image}" for image in images])
    assert sheet["uri"].startswith("data:image/png")
    assert (sheet["columns"], sheet["side"], sheet["photo"]) == (2, 8, False)
    assert sheet["names"] == ["n3", "n1"]
    tiles = payload.tiles([3, 1], read, lambda images: [f"n{image}" for image in images])
    assert {image: tile["name"] for image, tile in tiles.items()} == {"3": "n3", "1": "n1"}


class Sender:
    """Sends entries as the board does."""

    def __init__(self, store):
        self.store, self.ledger, self.seq = store, Ledger(), 0

    def send(self, **entry) -> list[str]:
        """Commits one entry; returns the messages of what failed."""
        self.seq += 1
        self.again(seq=self.seq, **entry)
        return [each["message"] for each in self.ledger.failed]

    def again(self, **entry) -> None:
        project = service.project(self.store, "digits")
        apply_log(self.ledger, self.store, project, {"client": "c", "entries": [entry]})

    def label(self, image: int) -> int:
        return int(service.point_labels(self.store, "digits")["label"][image])


def some(store, count=3) -> list[int]:
    return service.cards(store, "digits")[0].members[:count].tolist()


def test_what_is_selected_gets_a_class_and_loses_it_again(store):
    board, images = Sender(store), some(store)
    assert board.send(kind="label", label=4, confidence=0.8, images=images, expert="Ada") == []
    (given,) = service.answers(store, "digits")
    assert (given.label, given.confidence, given.expert) == (4, 0.8, "Ada")
    assert [board.label(image) for image in images] == [4, 4, 4]
    assert board.send(kind="undo", of=1) == []
    assert service.answers(store, "digits") == []
    assert board.label(images[0]) == -1
    assert board.send(kind="undo", of=1) == []  # taken back already


def test_an_answer_of_an_earlier_visit_can_be_undone(store):
    board = Sender(store)
    board.send(kind="label", label=4, images=some(store))
    (given,) = service.answers(store, "digits")
    board.ledger = Ledger()
    assert board.send(kind="undo", answer=given.number) == []
    assert service.answers(store, "digits") == []


def test_a_new_class_is_made_once(store):
    board, images = Sender(store), some(store)
    board.send(kind="label", label=None, name="seven or one", confidence=1, images=images)
    classes = service.classes(store, "digits")
    assert classes[-1].name == "seven or one"
    assert board.label(images[0]) == classes[-1].label
    service.rename_class(store, "digits", classes[-1].label, "unclear")
    board.ledger = Ledger()  # of a server that was started anew
    board.again(seq=1, kind="label", label=None, name="seven or one", confidence=1, images=images)
    assert len(service.classes(store, "digits")) == len(classes)
    assert len(service.answers(store, "digits")) == 1


def test_images_are_set_aside(store):
    board, images = Sender(store), some(store)
    assert board.send(kind="aside", confidence=1, images=images) == []
    assert service.set_aside(store, "digits").tolist() == sorted(images)


def test_what_cannot_be_stored_is_told(store):
    board = Sender(store)
    assert "images must be at least one" in board.send(kind="label", label=1, images=[])[-1]
    assert "kind must be 'label', 'aside' or 'undo'" in board.send(kind="split", images=[1])[-1]


def test_nothing_can_be_labelled_while_the_network_is_trained(store):
    project = service.project(store, "digits")
    assert closed(store, project) == ""
    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    assert "being trained" in closed(store, project)


def test_the_map_is_downloaded_as_a_table(mapped):
    label_all(mapped)
    project = service.project(mapped, "digits")
    table = pd.read_csv(io.BytesIO(csv_of(mapped, project, "pca", 1)))
    assert len(table) == project.train
    assert {"path", "x", "y", "image", "label", "name", "cluster", "true"} <= set(table)
    with pytest.raises(StateError, match="draw it again"):
        csv_of(mapped, project, "tsne", 1)


def test_names_are_no_program_in_what_is_downloaded_of_the_map(mapped):
    label_all(mapped)
    service.rename_class(mapped, "digits", 3, '=HYPERLINK("http://x")')
    service.rename_class(mapped, "digits", 4, "</script><script>alert(1)</script>")
    project = service.project(mapped, "digits")
    named = pd.read_csv(io.BytesIO(csv_of(mapped, project, "pca", 1)))["name"]
    assert '\'=HYPERLINK("http://x")' in set(named)
    assert "<script>alert" not in html_of(mapped, project, "pca", 1, "label").decode()


@pytest.mark.parametrize("by", ["label", "cluster", "weight", "true"])
def test_the_map_is_downloaded_as_a_page_that_needs_no_network(mapped, by):
    label_all(mapped)
    page = html_of(mapped, service.project(mapped, "digits"), "pca", 1, by).decode()
    assert "Plotly.newPlot" in page
    assert "<script src" not in page
