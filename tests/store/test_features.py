"""Files of features: complete or growing, damaged, full of others' rows."""

import numpy as np
import pytest

from labeller.store import ProjectFolder, Store
from labeller.store.features import FeatureFile, features_elsewhere

DIGESTS = np.arange(1, 6, dtype=np.uint8)[:, None].repeat(16, 1)
FEATURES = np.arange(15, dtype=np.float16).reshape(5, 3)


def file_in(tmp_path) -> FeatureFile:
    return FeatureFile(ProjectFolder(tmp_path), "abc")


def fill(file: FeatureFile, rows=range(5)) -> None:
    with file.part(5, 3) as part:
        part.put(np.array(rows), FEATURES[list(rows)], DIGESTS[list(rows)])
        if not len(part.missing):
            part.finish()


def test_rows_that_were_put_are_there_after_a_kill(tmp_path) -> None:
    file = file_in(tmp_path)
    fill(file, [3, 1])
    assert file.read(5) is None
    with file.part(5, 3) as part:
        assert part.missing.tolist() == [0, 2, 4]
        with pytest.raises(ValueError, match="3 are not"):
            part.finish()
        part.put(part.missing, FEATURES[[0, 2, 4]], DIGESTS[[0, 2, 4]])
        part.finish()
    found = file.read(5)
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, FEATURES)
    assert not list(tmp_path.rglob("*.part"))


def test_features_are_on_the_disk_before_they_count_as_done(tmp_path) -> None:
    with file_in(tmp_path).part(5, 3) as part:
        part.put(np.array([0]), FEATURES[:1], DIGESTS[:1])
        assert part.missing.tolist() == [0, 1, 2, 3, 4]
    with file_in(tmp_path).part(5, 3) as part:
        assert part.missing.tolist() == [1, 2, 3, 4]


def test_a_part_of_another_shape_or_a_damaged_one_begins_anew(tmp_path) -> None:
    file = file_in(tmp_path)
    fill(file, [0, 1])
    with file.part(6, 3) as part:
        assert part.missing.tolist() == list(range(6))
    fill(file, [0, 1])
    growing = file.path.with_name("abc.npy.part")
    growing.write_bytes(growing.read_bytes()[:100])
    with file.part(5, 3) as part:
        assert part.missing.tolist() == list(range(5))


def test_what_is_damaged_or_of_other_images_counts_as_absent(tmp_path) -> None:
    file = file_in(tmp_path)
    with file.part(5, 3) as part:
        part.put(np.arange(5), FEATURES, DIGESTS)
        part.finish()
    assert file.read(4) is None
    assert file.read(5) is not None
    file.path.write_bytes(b"no array")
    assert file.read(5) is None
    assert file.by_picture() == {}


def test_pictures_are_found_in_every_project_of_the_workspace(tmp_path) -> None:
    store = Store(tmp_path)
    for number, rows in ((1, [0, 1, 2, 3, 4]), (2, [0, 1])):
        file = FeatureFile(store.project_folder(number), "abc")
        with file.part(5, 3) as part:
            part.put(np.array(rows), FEATURES[rows] + number, DIGESTS[rows])
            if number == 1:
                part.finish()
    known = features_elsewhere(store, store.project_folder(2), "abc")
    store.close()
    assert set(known) == {digest.tobytes() for digest in DIGESTS}
    np.testing.assert_array_equal(known[DIGESTS[4].tobytes()], FEATURES[4] + 1)
    assert features_elsewhere(store, store.project_folder(2), "other") == {}


@pytest.mark.parametrize(
    "array", [FEATURES.astype(np.float32), FEATURES.ravel()], ids=["float32", "flat"]
)
def test_an_array_of_another_kind_counts_as_absent(tmp_path, array) -> None:
    file = file_in(tmp_path)
    file.path.parent.mkdir()
    np.save(file.path, array)
    assert file.read(len(array)) is None


def test_features_without_the_digests_of_their_pictures_help_no_other_project(tmp_path) -> None:
    file = file_in(tmp_path)
    with file.part(5, 3) as part:
        part.put(np.arange(5), FEATURES, DIGESTS)
        part.finish()
    assert len(file.by_picture()) == 5
    np.save(file.pictures, DIGESTS[:4])
    assert file.by_picture() == {}
    file.pictures.unlink()
    assert file.by_picture() == {}
    assert file.read(5) is not None, "to its own project they are as good as before"


def test_what_was_put_is_kept_when_the_work_fails(tmp_path) -> None:
    def work() -> None:
        with file_in(tmp_path).part(5, 3) as part:
            part.put(np.array([2]), FEATURES[[2]], DIGESTS[[2]])
            raise RuntimeError("the encoder failed")

    with pytest.raises(RuntimeError):
        work()
    with file_in(tmp_path).part(5, 3) as part:
        assert part.missing.tolist() == [0, 1, 3, 4]
