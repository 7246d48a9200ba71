"""What tests of the store share."""

import pytest

from labeller.store import Store
from tests.store.rows import Making


@pytest.fixture
def made(tmp_path):
    """A project without rounds, in a workspace of its own."""
    store = Store(tmp_path / "workspace")
    yield Making(store)
    store.close()


@pytest.fixture
def store(tmp_path):
    """An empty workspace."""
    opened = Store(tmp_path / "workspace")
    yield opened
    opened.close()
