"""The jobs that are killed: how each is queued in the prepared workspace, and who runs them."""

from collections.abc import Callable
from pathlib import Path

from labeller import service
from labeller.comparison.plan import CompareConfig
from labeller.config import ClusterConfig, EncodeConfig, with_encoder
from labeller.experiments.faults.prepared import PROJECT, digit_files, tiny, work
from labeller.experiments.faults.victims import Say
from labeller.records import Answer
from labeller.service import Store


def run_queued(workspace: Path, _say: Say) -> None:
    """Does what waits, as a worker does it that has everything imported."""
    from labeller.jobs.worker import run_waiting
    from labeller.store import Store as Opened

    run_waiting(Opened(workspace))


def run_worker(workspace: Path, _say: Say) -> None:
    """The whole worker, from its locks to its end."""
    from labeller.jobs.worker import run

    run(workspace, "cpu", idle_seconds=0.2)


def _ingest(store: Store) -> None:
    service.create_project(store, "new", str(_more(store)), size=8)


def _add(store: Store) -> None:
    service.add_images(store, PROJECT, str(_more(store)))


def _train(store: Store) -> None:
    service.train(store, PROJECT, tiny(train__epochs=20))


def _retrain(store: Store) -> None:
    service.propagate(store, PROJECT)
    service.retrain(store, PROJECT, config=tiny(retrain__epochs=10, student__use=False))


def _student(store: Store) -> None:
    service.propagate(store, PROJECT)
    service.retrain(store, PROJECT, config=tiny(student__epochs_again=20))


def _features(store: Store) -> None:
    """A pretrained network sees the images first; few, as it takes its time for each."""
    service.create_project(store, "photos", str(digit_files(store.folder / "few", 300, 30)), size=8)
    work(store)
    seen = with_encoder(tiny(), EncodeConfig(encoder="lite0"))
    quick = {"method": "pca", "method_config": {"latent": 4}}
    service.train(store, "photos", seen.model_copy(update=quick))


def _cluster(store: Store) -> None:
    config = tiny().model_copy(update={"cluster": ClusterConfig(algorithm="kmeans", clusters=6)})
    service.recluster(store, PROJECT, config)


def _split(store: Store) -> None:
    node = next(card.node for card in service.cards(store, PROJECT) if card.size > 8)
    service.answer(store, PROJECT, node, Answer("split", split=3))


def _rest(store: Store) -> None:
    """A label with many images marked as wrong: what is like them becomes a card of its own."""
    card = max(service.cards(store, PROJECT), key=lambda card: card.size)
    wrong = [*card.near, *card.random, *card.far][1:8]
    service.answer(store, PROJECT, card.node, Answer("label", 1, wrong=tuple(dict.fromkeys(wrong))))


def _map(store: Store) -> None:
    service.request_map(store, PROJECT, "pca")


def _predict(store: Store) -> None:
    service.predict(store, PROJECT, [_more(store)])


def _portable(store: Store) -> None:
    service.prepare_classifier(store, PROJECT)


def _compare(store: Store) -> None:
    config = CompareConfig(
        methods=("pca",),
        latents=(4,),
        images=100,
        sample=60,
        probe_every=0,
        answers=(10,),
        preset="paper",
    )
    service.compare(store, PROJECT, config)


def _repair(store: Store) -> None:
    folder = store.project_folder(service.project(store, PROJECT).id)
    with (folder.model(2) / "predictions.npy").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"?")
    service.repair(store, PROJECT)


def _more(store: Store) -> Path:
    """A folder of images that the project has not."""
    return digit_files(store.folder / "more", 300, 60)


BEGINNINGS: dict[str, Callable[[Store], None]] = {
    "ingest": _ingest,
    "add": _add,
    "train": _train,
    "retrain": _retrain,
    "student": _student,
    "features": _features,
    "cluster": _cluster,
    "split": _split,
    "rest": _rest,
    "map": _map,
    "predict": _predict,
    "portable": _portable,
    "compare": _compare,
    "repair": _repair,
}
