"""The import job: whose numbers the classes and the true targets have."""

from pathlib import Path

import numpy as np
import pytest

from labeller import service
from labeller.data.images import ImageStore
from labeller.evaluation.targets import read_targets
from labeller.jobs.worker import run_waiting
from tests.support import write_digit_folder


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([], ["0", "1", "2"]),
        (["2", "0"], ["2", "0", "1"]),
        (["zero", "2"], ["zero", "2", "0", "1"]),
    ],
    ids=["none named", "named in another order", "one that no folder has"],
)
def test_targets_count_the_classes_as_the_project_does(
    named: list[str], expected: list[str], tmp_path: Path
) -> None:
    store = service.open_store(tmp_path / "workspace")
    source = str(write_digit_folder(tmp_path / "pictures"))
    view = service.create_project(store, "digits", source, classes=named)
    run_waiting(store)
    names = [one.name for one in service.project(store, view.id).classes]
    assert names == expected
    folder = store.project_folder(view.id).data
    targets = read_targets(folder)
    assert targets is not None
    of_folders = [Path(str(path)).parent.name for path in ImageStore(folder).names]
    np.testing.assert_array_equal([names[target] for target in targets], of_folders)
    store.close()
