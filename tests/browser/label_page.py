"""What a person does on the Label page, in words of the test."""

import numpy as np
from playwright.sync_api import Page, expect

from labeller import service
from labeller.evaluation.targets import read_targets


def open_label(tab: Page, url: str) -> None:
    """Opens the Label page and waits for its cards."""
    tab.goto(f"{url}/label?project=digits")
    expect(tab.locator(".tile").first).to_be_visible()
    expect(tab.locator(".picture").first).to_be_visible()


def all_saved(tab: Page) -> None:
    """Waits until the server has confirmed every answer."""
    expect(tab.locator(".save.saved")).to_be_visible()


def drawn(tab: Page) -> None:
    """Waits until the page is drawn to its end: before, what is clicked may still move away."""
    expect(tab.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()


def focused(tab: Page) -> str:
    """The kind of element that has the focus, inside a component too: BODY if none has it."""
    return tab.evaluate(
        """async () => {
          // A dialog that closed lets go of the focus, or gives it back, in the next frame.
          for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
          let at = document.activeElement;
          while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
          return at.tagName;
        }"""
    )


def truths(store: service.Store) -> list[str]:
    """For each open card, in the order of the page, the key of the digit that it shows most."""
    project = service.project(store, "digits")
    targets = read_targets(store.project_folder(project.id).data)
    assert targets is not None
    return [
        str(np.bincount(targets[[card.medoid, *card.near, *card.random, *card.far]]).argmax())
        for card in service.cards(store, project)
        if card.state == "open"
    ]


def labels(store: service.Store) -> dict[str, tuple[int | None, float]]:
    """Class and confidence of each labelled card in the store."""
    return {
        card.node: (card.answer.label, card.answer.confidence)
        for card in service.cards(store, "digits")
        if card.answer is not None and card.answer.kind == "label"
    }


def saved_tiles(tab: Page) -> list[str]:
    """The class names on the tiles whose answers the page calls saved, in the page's order."""
    return tab.locator(".tile.labelled:not(.unsaved) .badge").all_text_contents()
