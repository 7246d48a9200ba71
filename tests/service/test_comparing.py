"""Comparisons through the service: queue, run, read, rename, continue, delete."""

import pytest

from labeller import service
from labeller.comparison.plan import CompareConfig
from labeller.config import TrainConfig
from labeller.errors import DataError, NotFoundError, StateError
from labeller.jobs.catalogue import write_catalogue

TINY = CompareConfig(
    methods=("vae", "ae"),
    latents=(6,),
    train=TrainConfig(epochs=1, batch_size=64, precision="32-true"),
    settings={"width": 4, "hidden": 16},
    images=200,
    sample=100,
    answers=(10,),
    preset="paper",
    maps=("pca",),
)


def test_a_comparison_is_queued_run_and_read(store, work):
    before = service.rounds(store, "digits")
    view = service.compare(store, "digits", TINY, "first")
    assert (view.number, view.name, view.total, view.done) == (1, "first", 2, 0)
    assert view.running
    assert not len(service.comparison_runs(store, "digits", 1))
    work()
    [view] = service.comparisons(store, "digits")
    assert (view.done, view.failed, view.finished, view.running) == (2, 0, True, False)
    runs = service.comparison_runs(store, "digits", 1)
    assert sorted(runs["method"]) == ["ae", "vae"]
    arrays = service.comparison_arrays(store, "digits", 1, runs["key"][0])
    assert arrays["map_pca"].shape[1] == 2
    assert len(service.comparison_records(store, "digits", 1)[0]["curve"]) == 1
    assert service.rounds(store, "digits") == before, "the project stays as it was"
    with pytest.raises(NotFoundError, match="no run"):
        service.comparison_arrays(store, "digits", 1, "nothing")
    with pytest.raises(StateError, match="every run"):
        service.continue_comparison(store, "digits", 1)


def test_a_method_without_a_size_to_choose_counts_once(store):
    write_catalogue(store)
    config = TINY.model_copy(update={"methods": ("vae", "symmetric-dae"), "latents": (4, 6)})
    assert service.compare(store, "digits", config).total == 3


def test_names_and_deletion(store):
    first = service.compare(store, "digits", TINY)
    assert first.name == "vae, ae"
    service.rename_comparison(store, "digits", 1, "  another   name ")
    assert service.comparison(store, "digits", 1).name == "another name"
    with pytest.raises(ValueError, match="1 to 80"):
        service.rename_comparison(store, "digits", 1, " ")
    with pytest.raises(StateError, match="cancel its job"):
        service.delete_comparison(store, "digits", 1)
    with pytest.raises(StateError, match="at work"):
        service.continue_comparison(store, "digits", 1)
    service.cancel(store, first.job.id)
    service.delete_comparison(store, "digits", 1)
    with pytest.raises(NotFoundError, match="no comparison 1"):
        service.comparison(store, "digits", 1)
    again = service.compare(store, "digits", TINY)
    assert again.number == 2, "numbers of deleted comparisons stay unused"
    assert [view.number for view in service.comparisons(store, "digits")] == [2]


def test_jobs_of_a_deleted_comparison_go_with_it(store, work):
    kept = service.compare(store, "digits", TINY.model_copy(update={"maps": ()}), "kept")
    work()
    jobs = [view.id for view in service.jobs(store, "digits")]
    view = service.compare(store, "digits", TINY)
    service.cancel(store, view.job.id)
    again = service.continue_comparison(store, "digits", view.number)
    service.cancel(store, again.job.id)
    service.delete_comparison(store, "digits", view.number)
    assert [each.id for each in service.jobs(store, "digits")] == jobs
    assert service.comparison(store, "digits", kept.number).finished


def test_a_cancelled_comparison_is_continued(store, work):
    view = service.compare(store, "digits", TINY.model_copy(update={"maps": ()}))
    service.cancel(store, view.job.id)
    view = service.comparison(store, "digits", view.number)
    assert not view.running
    assert not view.finished
    view = service.continue_comparison(store, "digits", view.number)
    work()
    assert service.comparison(store, "digits", view.number).finished


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"config": {"methods": []}, "created_at": "2026-01-01"}']
)
def test_a_broken_comparison_blocks_nothing_and_can_be_deleted(store, content):
    for name in ("first", "second"):
        view = service.compare(store, "digits", TINY, name)
        service.cancel(store, view.job.id)
    path = store.project_folder(view.job.project).path / "comparisons" / "1" / "comparison.json"
    path.write_text(content)
    second, first = service.comparisons(store, "digits")
    assert (second.name, second.broken) == ("second", "")
    assert "is damaged" in first.broken or "cannot be read" in first.broken
    assert "delete" in first.broken
    with pytest.raises(DataError, match=r"is damaged|cannot be read"):
        service.comparison(store, "digits", 1)
    service.delete_comparison(store, "digits", 1)
    assert [each.number for each in service.comparisons(store, "digits")] == [2]


@pytest.mark.parametrize(
    ("ending", "content"), [("json", b"{"), ("json", b'{"a": 1}'), ("npz", b"PK"), ("npz", None)]
)
def test_a_run_whose_files_are_broken_is_measured_again(store, work, ending, content):
    view = service.compare(store, "digits", TINY.model_copy(update={"maps": ()}))
    work()
    folder = store.project_folder(view.job.project).path / "comparisons" / "1" / "cells"
    broken = next(iter(folder.glob(f"*.{ending}")))
    broken.write_bytes(content) if content else broken.unlink()
    assert len(service.comparison_runs(store, "digits", 1)) == 1
    assert service.comparison(store, "digits", 1).done == 1
    service.continue_comparison(store, "digits", 1)
    work()
    assert service.comparison(store, "digits", 1).finished


def test_unknown_methods_are_refused_where_the_worker_has_said_what_it_knows(store):
    write_catalogue(store)
    for methods in (("nothing",), ("vae:nothing",)):
        with pytest.raises(ValueError, match="must be one of"):
            service.compare(store, "digits", TINY.model_copy(update={"methods": methods}))
    with pytest.raises(ValueError, match="a chosen method has"):
        service.compare(store, "digits", TINY.model_copy(update={"settings": {"widht": 4}}))
    for update, said in (
        ({"latents": (99_999,)}, "a latent size of .* must be 1 to .*, got 99999"),
        ({"methods": ("ae@nothing=1",)}, "a setting of ae must be one of .*, got nothing"),
    ):
        with pytest.raises(ValueError, match=said):
            service.compare(store, "digits", TINY.model_copy(update=update))
    assert service.comparisons(store, "digits") == []


def test_arrays_that_cannot_be_read_are_an_error_that_says_so(store, work):
    view = service.compare(store, "digits", TINY.model_copy(update={"methods": ("ae",)}))
    work()
    folder = store.project_folder(view.job.project).path / "comparisons" / "1" / "cells"
    [path] = folder.glob("*.npz")
    content = bytearray(path.read_bytes())
    content[60:400] = bytes(340)  # the list of the members, at the end, is whole
    path.write_bytes(content)
    with pytest.raises(DataError, match="is damaged"):
        service.comparison_arrays(store, "digits", 1, path.stem)
