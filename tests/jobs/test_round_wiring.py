"""What the jobs of a round hand to its steps: seeds, counts, merges, and what is already there."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from labeller import service
from labeller.config import ClusterConfig
from labeller.jobs import (
    cluster,
    ingest,
    model_files,
    round_inputs,
    split,
)
from labeller.jobs.asked_again import Recheck
from labeller.jobs.kinds import (
    ClusterPayload,
    IngestPayload,
    PredictPayload,
    SplitPayload,
)
from labeller.jobs.predict import predict
from labeller.rounds.answer import Answer
from labeller.rounds.graph import KEPT, find_neighbours
from labeller.store.files import read_arrays, write_array, write_arrays
from labeller.store.schema import Model, Node
from tests.conftest import QUICK
from tests.jobs.tasks import map_task, task_for

PROJECT = "digits"


def test_a_job_that_was_killed_at_its_very_end_opens_no_second_round(store):
    task = map_task(store)
    payload = ClusterPayload(model=1, config=QUICK)
    opened = cluster.recluster(task, payload)
    assert opened["round"] == 2
    assert cluster.recluster(task, payload) == opened
    assert cluster.recluster(map_task(store), payload)["round"] == 3  # a job of its own


def test_as_many_clusters_are_tried_as_there_are_classes_that_stand(store, monkeypatch):
    asked = []

    def counts(points, config, *, at_least, **_):
        asked.append(at_least)
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "cluster_counts", counts)
    config = QUICK.model_copy(update={"cluster": ClusterConfig(algorithm="kmeans", clusters=0)})
    with pytest.raises(KeyboardInterrupt):
        cluster.open_round(map_task(store), 1, config)
    service.merge_class(store, PROJECT, 9, 8)
    with pytest.raises(KeyboardInterrupt):
        cluster.open_round(map_task(store), 1, config)
    assert asked == [10, 9]


def test_a_card_that_is_asked_again_shows_other_images_each_time(store):
    members = np.sort(map_task(store).images.train[:200])
    recheck = Recheck(members, "why", corrects=1, before=0, absent=())
    shown = [
        cluster._whole(map_task(store), number, 1, recheck, QUICK).random.tolist()
        for number in (2, 2, 3)
    ]
    assert shown[0] == shown[1] != shown[2]


def test_neighbours_that_are_too_few_are_found_anew(store):
    task = map_task(store)
    points = np.asarray(model_files.latents_of(task, 1))[task.images.train]
    few = find_neighbours(points, 3, seed=0)
    path = task.folder.neighbours(1, "latent")
    write_arrays(path, {"indices": few.indices, "distances": few.distances})
    assert model_files.neighbours_of(task, 1, QUICK, points).count == KEPT
    more = model_files.neighbours_of(task, 1, QUICK, points, count=KEPT + 5)
    assert more.count == KEPT + 5
    assert model_files.neighbours_of(task, 1, QUICK, points).count == KEPT + 5  # kept


def test_points_of_another_seed_or_space_are_others():
    other_seed = QUICK.model_copy(update={"train": QUICK.train.model_copy(update={"seed": 1})})
    other_space = QUICK.model_copy(
        update={"embed": QUICK.embed.model_copy(update={"dimensions": 3})}
    )
    other_cards = QUICK.model_copy(update={"cluster": ClusterConfig(clusters=3)})
    print_ = model_files.fingerprint
    assert len({print_(QUICK), print_(other_seed), print_(other_space)}) == 3
    assert print_(other_cards) == print_(QUICK)


def test_predictions_are_read_with_the_merges_of_now(store):
    task = map_task(store)
    assert model_files.predictions_of(task, 1) is None
    with store.write() as session:
        session.scalars(select(Model).where(Model.number == 1)).one().taught_by = 1
    write_array(task.folder.model(1) / "predictions.npy", np.array([0, 8, 9]))
    service.merge_class(store, PROJECT, 9, 8)
    assert model_files.predictions_of(task, 1).tolist() == [0, 8, 8]


def test_a_file_of_one_image_is_named_as_it_was(store, tmp_path):
    import pandas as pd

    one, folder = tmp_path / "one.png", tmp_path / "many"
    folder.mkdir()
    for path in (one, folder / "a.png", folder / "b.png"):
        Image.fromarray(np.full((16, 16), 90, np.uint8)).save(path)
    payload = PredictPayload(model=1, paths=(str(one), str(folder)))
    task = task_for(store, payload)
    assert predict(task, payload)["images"] == 3
    table = pd.read_parquet(task.folder.path / "predictions" / "99.parquet")
    assert table["path"].tolist() == [str(one), str(folder / "a.png"), str(folder / "b.png")]


def test_the_encoder_is_chosen_by_the_smaller_side_of_most_images(store, monkeypatch):
    sides = []

    def chosen_unseen(side, channels, count):
        sides.append((side, channels, count))
        return "chosen"

    monkeypatch.setattr(ingest, "chosen_unseen", chosen_unseen)
    shapes = np.array([[10, 40, 3], [20, 50, 3], [90, 8, 3], [99, 99, 3]])
    images = SimpleNamespace(shapes=shapes, train=np.arange(3), channels=3)
    assert ingest.choose_encoder(SimpleNamespace(images=images)) == "chosen"
    assert sides == [(10, 3, 3)]


def test_images_that_are_in_are_not_imported_again(store, monkeypatch):
    monkeypatch.setattr(ingest, "ingest_images", None)
    payload = IngestPayload(source="nothing of that name")
    task = task_for(store, payload)
    assert ingest.ingest(task, payload) == task.project.data
    assert task.images.count > 0


def test_only_answers_that_the_student_has_not_learnt_from_lessen_its_doubt(store):
    task = map_task(store)
    for number in (1, 2, 3):
        write_arrays(task.folder.statement(number), {"weights": np.full(3, number / 10)})
    weights = round_inputs._unlearnt_weights(task, 1, 4)  # model 1 was taught by no round
    assert [part[0] for part in weights] == [0.1, 0.2, 0.3]
    assert [part[0] for part in round_inputs._unlearnt_weights(task, 1, 2)] == [0.1]


def test_uncertain_images_lie_in_a_space_of_the_rounds_own_seed(store, monkeypatch):
    task, seeds = map_task(store), []
    count = task.images.count
    student = round_inputs._Student(np.linspace(0, 1, count), np.eye(count, 4, dtype=np.float32))
    monkeypatch.setattr(round_inputs, "_student", lambda *_: student)

    def embed(points, space, *, seed, **_):
        seeds.append(seed)
        return points

    monkeypatch.setattr(round_inputs, "embed", embed)
    ask = QUICK.ask.model_copy(update={"choice": "uncertain"})
    config = QUICK.model_copy(update={"ask": ask})
    for number in (2, 3):
        candidates = round_inputs.candidates(task, 1, number, config)
        again = round_inputs.candidates(task, 1, number, config)  # read, not made anew
        np.testing.assert_array_equal(candidates.rows, again.rows)
    assert len(set(seeds)) == len(seeds) == 2


def test_images_set_aside_are_not_asked_about(store, monkeypatch):
    task = map_task(store)
    count, train = task.images.count, task.images.train
    student = round_inputs._Student(np.linspace(0, 1, count), np.eye(count, 4, dtype=np.float32))
    monkeypatch.setattr(round_inputs, "_student", lambda *_: student)
    monkeypatch.setattr(round_inputs, "embed", lambda points, *_, **__: points)
    ask = QUICK.ask.model_copy(update={"choice": "uncertain", "share": 0.2})
    config = QUICK.model_copy(update={"ask": ask})
    most = train[round_inputs.candidates(task, 1, 2, config).rows]
    service.label_images(store, PROJECT, most[:5], None)
    now = train[round_inputs.candidates(task, 1, 3, config).rows]
    np.testing.assert_array_equal(np.setdiff1d(most, now), np.sort(most[:5]))
    # Nor where there are no more images than are asked about, or all are asked about.
    service.label_images(store, PROJECT, train[600:], None)
    for choice in ("uncertain", "unknown"):
        ask = QUICK.ask.model_copy(update={"choice": choice, "share": 1.0})
        config = QUICK.model_copy(update={"ask": ask})
        now = round_inputs.candidates(task, 1, 4, config)
        np.testing.assert_array_equal(train[now.rows], np.setdiff1d(train[:600], most[:5]))
        assert len(now.points) == len(now.rows)


@pytest.fixture
def splitting(store):
    """A task and the payload of the split of the first card."""
    node = service.cards(store, PROJECT)[0].node
    service.answer(store, PROJECT, node, Answer("split", split=3))
    job = service.last_job(store, PROJECT, "split")
    payload = SplitPayload.model_validate(job.arguments)
    return task_for(store, payload), payload


def test_a_split_has_a_seed_of_its_own(splitting, monkeypatch):
    task, payload = splitting
    seeds, real = [], split.cluster

    def cluster_(points, config, *, seed, **rest):
        seeds.append(seed)
        return real(points, config, seed=seed, **rest)

    monkeypatch.setattr(split, "cluster", cluster_)
    split.split(task, payload)
    split.split(task, payload.model_copy(update={"answer": payload.answer + 1}))
    assert len(set(seeds)) == 2


def test_a_split_that_was_killed_at_its_very_end_makes_no_second_parts(store, splitting):
    task, payload = splitting
    first = split.split(task, payload)
    assert split.split(task, payload) == first
    cards = [card.node for card in service.cards(store, PROJECT)]
    assert len(cards) == len(set(cards))
    assert sum(node.startswith(f"{payload.node}.") for node in cards) == first["cards"] == 3


def test_parts_of_a_card_that_is_asked_again_are_asked_again_too(store, splitting):
    task, payload = splitting
    reason = {"again": "why", "before": 3, "absent": [4]}
    nodes = select(Node).where(Node.project_id == 1, Node.round == 1)
    with store.write() as session:
        node = session.scalar(nodes.where(Node.key == payload.node))
        node.card = {**node.card, **reason}
    split.split(task, payload)
    with store.read() as session:
        parts = session.scalars(nodes.where(Node.parent_key == payload.node)).all()
    assert len(parts) == 3
    assert all(part.card | reason == part.card for part in parts)


def test_the_members_of_a_round_are_training_images(store):
    task = map_task(store)
    nodes = [card.node for card in service.cards(store, PROJECT)]
    members = [read_arrays(task.folder.node(1, node))["members"] for node in nodes]
    np.testing.assert_array_equal(np.sort(np.concatenate(members)), task.images.train)
