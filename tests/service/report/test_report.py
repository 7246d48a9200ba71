"""The report of a project: what is in it, what is not known, and that it asks for nothing."""

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labeller import service
from labeller.config import EncodeConfig
from labeller.errors import StateError
from labeller.rounds.answer import Answer
from labeller.service.report import about, quality
from tests.conftest import label_all
from tests.service.photos import teach

BAD = "<script>alert(1)</script>"


class Page(HTMLParser):
    """What a page has: its tags, its words, its pictures; fails where tags do not close."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.policy = ""
        self._open: list[str] = []
        self.feed(content.decode())
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        self.links += [str(given[name]) for name in ("src", "href", "data") if name in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(given["content"])
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1] != tag and self._open[-1] == "img":
            self._open.pop()
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(store: service.Store, name: str) -> Page:
    page = Page(service.report_html(store, name))
    assert "script" not in page.tags
    assert all(link.startswith("data:image/") for link in page.links)
    assert page.policy.startswith("default-src 'none'")
    return page


def test_before_any_answer_there_are_images_and_settings(store) -> None:
    page = page_of(store, "digits")
    assert "1,438 to label, 359 held out to measure with" in page.text
    assert "None has a label yet. Classes: 0, 1, 2" in page.text
    assert "Not measured: no true classes are known" in page.text
    assert page.tags.count("img") == 1
    assert "polyline" not in page.tags
    service.create_project(store, "empty", "digits")
    with pytest.raises(StateError, match="are not imported yet"):
        service.report_html(store, "empty")


def test_after_a_round_all_of_it_is_there(store, work, tmp_path: Path) -> None:
    service.rename_class(store, "digits", 3, BAD)
    service.rename_project(store, "digits", "a & b <i>")
    name = "a & b <i>"
    service.set_guideline(store, name, 5, "A hook < a belly")
    label_all(store, name)
    service.answer(store, name, "1", Answer("label", 3, 0.5), expert=BAD)
    for image in service.draw_audit(store, name, 25).images[:20]:
        service.answer_audit(store, name, image, 3)
    service.propagate(store, name)
    service.retrain(store, name)
    work()
    measured = service.evaluate(store, name)["test_accuracy"]
    taught = service.project(store, name).answers
    service.answer(store, name, service.cards(store, name)[0].node, Answer("skip"))  # not in it yet
    page = page_of(store, name)
    of = f"of the classifier after {taught} answers, on held-out images"
    assert f"Accuracy {measured:.1%} {of}" in page.text
    counts = service.labels_table(store, name)["label"].value_counts()
    assert page.tags.count("img") == (counts.index >= 0).sum()
    assert f"{counts[3]:,}" in page.text
    table = service.labels_table(store, name)
    predicted = table["predicted"][table["split"] == "train"].value_counts()
    assert f"{counts[5]:,} {predicted[5]:,}" in page.text, "of the same images"
    assert BAD in page.text, "shown as text"
    assert "A hook < a belly" in page.text
    for words in ("Rounds", "Which classes are mixed up", "by the audit"):
        assert words in page.text
    assert "k-means" in page.text or "kmeans" in page.text
    assert page.tags.count("svg") == 1
    path = service.write_report(store, name, tmp_path / "new" / "report.html")
    assert path.stat().st_size < 200_000
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot write"):
        service.write_report(store, name, tmp_path / "file" / "report.html")


def test_answers_to_check_are_listed_with_their_images(store) -> None:
    cards = service.cards(store, "digits")
    said = dict.fromkeys((card.node for card in cards), 1)
    for place, node in enumerate(said):
        service.answer(store, "digits", node, Answer("label", 2 if place == 0 else 1, 1.0))
    found = service.label_issues(store, "digits")
    page = page_of(store, "digits")
    assert len(found) > 0
    assert found[0].reason in page.text
    assert page.tags.count("img") == 2 + len(found), "two classes have labels"


def test_photos_and_paths_of_this_computer(taught: Path, tmp_path: Path) -> None:
    store = service.open_store(tmp_path / "ws")
    service.create_project(store, "photos", str(taught / "pictures"), size=16)
    from labeller.jobs.worker import run_waiting

    run_waiting(store)
    colours = service.images(store, "photos", range(30)).mean(axis=(1, 2)).astype(np.float32)
    np.save(tmp_path / "f.npy", colours)
    teach(store, "photos", EncodeConfig(encoder="file", path=str(tmp_path / "f.npy")))
    page = page_of(store, "photos")
    assert "Source pictures Images" in page.text
    assert "Encoder file:f.npy" in page.text
    assert str(tmp_path) not in service.report_html(store, "photos").decode()
    assert any(link.startswith("data:image/webp") for link in page.links)
    store.close()


def test_many_classes_are_a_list_of_what_is_mixed_up() -> None:
    names = [f"class {number}" for number in range(40)]
    counts = pd.DataFrame(np.eye(40, dtype=int) * 5, names, names)
    counts.iloc[7, 9] = 3
    scores = pd.DataFrame({"name": names, "precision": 1.0, "recall": 1.0, "f1": 1.0, "images": 5})
    made = quality._mistakes(counts, scores, "held-out images")
    assert "<td>class 7</td><td>class 9</td>" in made
    assert 'class="matrix' not in made


def test_paths_are_cut_in_settings() -> None:
    cut = about.without_paths({"a": ["/home/me/x.npy", "umap", 3], "b": {"c": "/y/z"}})
    assert cut == {"a": ["x.npy", "umap", 3], "b": {"c": "z"}}
