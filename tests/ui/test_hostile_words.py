"""Names of classes, projects, people and files are shown as they are, in every family of widgets.

Streamlit reads Markdown, LaTeX and icons in labels, captions, help and options of some widgets. All
texts of each page are looked through; those that no browser interprets are listed here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message

from labeller import service
from labeller.comparison.plan import CompareConfig
from labeller.records import Answer
from tests.conftest import label_all
from tests.ui.driving import Driver

HOSTILE = "**x** $y$ :red[z] <b> ![i](http://e.org/a) :material-home:"
# Texts that are shown as they are (of Streamlit 1.67): fields of its messages.
PLAIN = {
    *("Selectbox.options", "MultiSelect.options", "Selectbox.raw_value", "TextInput.default"),
    *("TextInput.placeholder", "TextInput.value", "TextArea.default", "TextArea.placeholder"),
    *("Code.code_text", "Code.language", "DownloadButton.url", "Selectbox.placeholder"),
    *("PlotlyChart.spec", "PlotlyChart.config", "Html.body"),  # escaped by us: figures, gallery
    *("BidiComponent.json", "BidiComponent.mixed", "FileUploader.url"),  # texts of our components
}
IDS = {"id", "form_id", "element_id", "block_id", "user_key", "css_class", "url", "key"}


def words_of(message: Message, path: str) -> Iterator[tuple[str, str]]:
    """Each text in a message of Streamlit, and where it stands: `Button.label`."""
    for field, value in message.ListFields():
        if field.name in IDS:
            continue
        where = f"{message.DESCRIPTOR.name}.{field.name}"
        for each in [value] if isinstance(value, str | bytes | Message | int | float) else value:
            if isinstance(each, Message):
                yield from words_of(each, where)
            elif isinstance(each, str):
                yield where, each


def elements(block: Any) -> Iterator[Message]:
    """The messages of a page, those of its containers too."""
    for child in block.children.values():
        if child.proto is not None:
            yield child.proto
        if hasattr(child, "children"):
            yield from elements(child)


@pytest.fixture
def hostile(store):
    """The trained project with hostile names wherever a person can give one."""
    for label in (0, 1):
        service.rename_class(store, "digits", label, f"{label} {HOSTILE}")
    label_all(store)
    service.rename_project(store, "digits", HOSTILE.replace("/", "|"))
    name = service.projects(store)[0].name
    service.answer(store, name, "2", Answer("label", 1, 0.9), expert=HOSTILE)
    service.label_images(store, name, [1, 2], 0, expert=HOSTILE, place=HOSTILE)
    service.draw_audit(store, name, 25)
    service.set_guideline(store, name, 0, HOSTILE, [1])
    service.merge_class(store, name, 9, 1)
    service.propagate(store, name)
    service.compare(store, name, CompareConfig(methods=("pca",), latents=(2,)), HOSTILE)
    return store


PAGES = ("projects", "train", "label", "review", "audit", "explore", "results", "export", "compare")


@pytest.mark.parametrize("page", PAGES)
def test_no_word_of_a_person_is_markup(hostile, monkeypatch, page):
    app = Driver(hostile.folder, monkeypatch).visit(page)
    assert not app.exception, app.exception
    words = [
        each
        for block in app._tree.children.values()
        for message in elements(block)
        for each in words_of(message, "")
    ]
    assert any(where in PLAIN and "**x**" in text for where, text in words)
    signs = ("**x**", ":red[z]", "![i](", "<b>", "$y$")
    marked = {
        where: text[:200]
        for where, text in words
        if where not in PLAIN and any(sign in text for sign in signs)
    }
    assert not marked
