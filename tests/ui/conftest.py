"""What the tests of pages share."""

import pytest

from labeller.jobs.catalogue import write_catalogue
from tests.ui.driving import Driver


@pytest.fixture
def driver(store, monkeypatch):
    """Visits pages of the project that `store` holds."""
    return Driver(store.folder, monkeypatch)


@pytest.fixture
def catalogue(store):
    """The worker has written which methods there are."""
    write_catalogue(store)
