"""The import job: whose numbers the classes and the true targets have."""

from contextlib import closing
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest

from labeller import service
from labeller.data import Fit
from labeller.data.images import ImageStore
from labeller.errors import DataError
from labeller.evaluation.targets import read_targets
from labeller.jobs.kinds import PredictPayload
from labeller.jobs.predict import predict
from labeller.jobs.worker import run_waiting
from tests.data.making import encoded, picture, write
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


@pytest.mark.parametrize("fit", ["letterbox", "crop"])
def test_images_are_made_square_as_the_project_was_told(fit: Fit, tmp_path: Path) -> None:
    own = write(tmp_path / "own", {n: encoded(picture(0, 30)[:20]) for n in ("a.png", "b.png")})
    with closing(service.open_store(tmp_path / "workspace")) as store:
        view = service.create_project(store, "own", str(own), size=8, fit=fit)
        run_waiting(store)
        assert ImageStore(store.project_folder(view.id).data).fit == fit
        report = service.project(store, "own").report
    assert report is not None
    assert (report.letterboxed, report.cropped) == ((2, 0) if fit == "letterbox" else (0, 2))


def test_a_project_with_an_unknown_fit_is_not_made(tmp_path: Path) -> None:
    with closing(service.open_store(tmp_path / "workspace")) as store:
        with pytest.raises(ValueError, match="fit must be letterbox or crop, got 'stretch'"):
            service.create_project(store, "own", "digits", fit="stretch")
        assert service.projects(store) == []


def test_new_images_are_made_square_as_those_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def spy(*_: object, **options: object) -> None:
        asked.update(options)
        raise DataError("enough")

    monkeypatch.setattr("labeller.jobs.predict.ingest", spy)
    task = MagicMock()
    task.folder.path = task.folder.classifier.return_value = tmp_path
    task.images.height, task.images.fit = 24, "crop"
    with pytest.raises(DataError, match="enough"):
        predict(task, PredictPayload(model=1, paths=("x",)))
    assert (asked["size"], asked["fit"]) == (24, "crop")
