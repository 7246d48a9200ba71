"""The jobs that make questions: open a round on a model's latents, and split one node."""

import hashlib
import time
from dataclasses import asdict, replace

import numpy as np
from sqlalchemy import func, select

from labeller.config import EmbedConfig, RoundConfig
from labeller.errors import NotFoundError
from labeller.events import Progress
from labeller.jobs.choosing import choose_clusters
from labeller.jobs.neighbours import model_neighbours
from labeller.jobs.questions import Crowd, uncertain_crowd
from labeller.jobs.rechecks import Recheck, rechecks
from labeller.jobs.task import Task
from labeller.rounds.clusterers.cluster import cluster, one_cluster
from labeller.rounds.questions.label_issues import nearest_images
from labeller.rounds.questions.prototypes import Prototype, prototypes
from labeller.rounds.spaces.embed import embed
from labeller.store.files import read_arrays, write_array, write_arrays, write_json
from labeller.store.schema import Node, Round

# What the card of a cluster of an earlier round has that is asked again, and so have its parts.
OF_A_RECHECK = ("again", "before", "absent")


def recluster(task: Task) -> dict:
    """Opens a new round from a model that exists, with other clusters or another space."""
    return open_round(task, task.arguments["model"], task.config)


def open_round(task: Task, model: int, config: RoundConfig) -> dict:
    """Clusters the images to ask about and stores a question for each cluster."""
    opened = _already_open(task, model)
    if opened is not None:
        return opened
    with task.store.read() as session:
        query = select(func.max(Round.number)).where(Round.project_id == task.project_id)
        number = (session.scalar(query) or 0) + 1
    seconds: dict[str, float] = {}
    started = time.monotonic()
    crowd = _crowd(task, model, number, config)
    seconds["embed"] = time.monotonic() - started

    started = time.monotonic()
    seed, counts = config.train.seed, None
    if crowd.everyone:
        config, counts = choose_clusters(task, crowd.points, config)
        crowd = replace(crowd, cluster=config.cluster)
    clusters = cluster(crowd.points, crowd.cluster, seed=seed, report=task.report)
    members = task.images.train[crowd.rows]
    found = prototypes(
        crowd.points, _latents(task, model)[members], clusters, members, config.card, seed=seed
    )
    seconds["cluster"] = time.monotonic() - started

    again = [] if crowd.everyone else _asked_again(task, number, model, members, config)
    found = [prototype for _, prototype in again] + found
    paths = [str(place + 1) for place in range(len(found))]
    nodes = _store_nodes(task, number, model, found, paths, crowd=crowd)
    for node, (recheck, _) in zip(nodes, again, strict=False):
        why = {"again": recheck.reason, "before": recheck.before, "absent": list(recheck.absent)}
        node.card = {**node.card, "known": 0.0, **why}
    if counts is not None:
        write_json(task.folder.counts(number), asdict(counts))
    with task.store.write() as session:
        session.add(
            Round(
                project_id=task.project_id,
                number=number,
                model=model,
                config=config.model_dump(mode="json"),
                seconds=seconds,
            )
        )
        session.add_all(nodes)
    return {"round": number, "cards": len(nodes), "seconds": seconds}


def _asked_again(
    task: Task, number: int, model: int, others: np.ndarray, config: RoundConfig
) -> list[tuple[Recheck, Prototype]]:
    """Clusters of the round before to check, less the images that have a card of their own."""
    found = []
    for recheck in rechecks(task, number):
        members = np.setdiff1d(recheck.members, others)
        if len(members) > 1:
            points = _points(task, model, members, config)
            latents = _latents(task, model)[members]
            whole = one_cluster(points)
            seed = config.train.seed + number  # other images on the card than before
            card = prototypes(points, latents, whole, members, config.card, seed=seed)[0]
            found.append((recheck, card))
    return found


def _already_open(task: Task, model: int) -> dict | None:
    """What a run of this job that was killed at its very end has done; None: nothing."""
    with task.store.read() as session:
        made = select(Round).where(
            Round.project_id == task.project_id,
            Round.model == model,
            Round.created_at >= task.job.created_at,
        )
        row = session.scalar(made.limit(1))
        if row is None:
            return None
        nodes = select(func.count()).where(
            Node.project_id == task.project_id,
            Node.round == row.number,
            Node.split_answer.is_(None),
        )
        cards = session.scalar(nodes) or 0
    return {"round": row.number, "cards": cards, "seconds": row.seconds}


def split(task: Task) -> dict:
    """Clusters the members of one node again; the children are questions of the same round."""
    number, key = task.arguments["round"], task.arguments["node"]
    answer, k = task.arguments["answer"], task.arguments["split"]
    with task.store.read() as session:
        query = select(Node).where(
            Node.project_id == task.project_id, Node.round == number, Node.key == key
        )
        node = session.scalar(query)
        round_ = session.scalar(
            select(Round).where(Round.project_id == task.project_id, Round.number == number)
        )
    if node is None or round_ is None:
        raise NotFoundError(f"there is no cluster {key} in round {number}")
    config = RoundConfig.model_validate(round_.config)
    members = read_arrays(task.folder.node(number, key))["members"]
    rows = np.searchsorted(task.images.train, members)
    crowd = _crowd(task, round_.model, number, config)
    again = {name: node.card[name] for name in OF_A_RECHECK if name in node.card}
    if again:  # its images lie outside the crowd
        points = _points(task, round_.model, members, config)
    else:
        points = crowd.points[np.searchsorted(crowd.rows, rows)]

    smaller = crowd.cluster.model_copy(update={"clusters": min(k, len(members))})
    clusters = cluster(points, smaller, seed=config.train.seed + answer)
    latents = _latents(task, round_.model)[members]
    found = prototypes(points, latents, clusters, members, config.card, seed=config.train.seed)
    paths = [f"{node.path}.{place + 1}" for place in range(len(found))]
    nodes = _store_nodes(
        task, number, round_.model, found, paths, crowd=crowd, parent=node, answer=answer
    )
    for part in nodes if again else ():
        part.card = {**part.card, "known": 0.0, **again}
    with task.store.write() as session:
        known = select(Node.key).where(
            Node.project_id == task.project_id, Node.round == number, Node.split_answer == answer
        )
        if session.scalar(known) is None:
            session.add_all(nodes)
    return {"round": number, "cards": len(nodes)}


def _crowd(task: Task, model: int, number: int, config: RoundConfig) -> Crowd:
    """The images that a round asks about: what the student doubts, or else all of them."""
    crowd = uncertain_crowd(task, model, number, config)
    if crowd is not None:
        return crowd
    train = task.images.train
    points = _points(task, model, train, config)
    known = _known_weights(task, number)
    return Crowd(np.arange(len(train)), points, config.cluster, known, everyone=True)


def _points(task: Task, model: int, members: np.ndarray, config: RoundConfig) -> np.ndarray:
    """The given training images (n, M) in the space in which all of them are clustered."""
    train = task.images.train
    every = _space(task, model, _latents(task, model)[train], config)
    return every[np.searchsorted(train, members)]


def _latents(task: Task, model: int) -> np.ndarray:
    """Latents of all images (N, D), not read before they are indexed."""
    return np.load(task.folder.model(model) / "latents.npy", mmap_mode="r")


def _space(task: Task, model: int, latents: np.ndarray, config: RoundConfig) -> np.ndarray:
    """The points to cluster, kept beside the model so that clustering them anew is free."""
    path = task.folder.model(model) / f"space-{_fingerprint(config.embed, config.train.seed)}.npy"
    seed, wanted = config.train.seed, config.embed
    known = model_neighbours(task, model, latents, count=wanted.neighbours, seed=seed)
    if path.exists():
        return np.load(path)
    if wanted.space == "pca" and wanted.dimensions > latents.shape[1]:
        # A latent that is smaller than the PCA asked for is known only now, after its training.
        wanted = wanted.model_copy(update={"dimensions": latents.shape[1]})
    points = embed(latents, wanted, seed=seed, report=task.report, neighbours=known)
    write_array(path, points)
    return points


def _fingerprint(config: EmbedConfig, seed: int) -> str:
    return hashlib.sha256(f"{config.model_dump_json()}{seed}".encode()).hexdigest()[:12]


def _store_nodes(
    task: Task,
    number: int,
    model: int,
    found: list[Prototype],
    paths: list[str],
    *,
    crowd: Crowd,
    parent: Node | None = None,
    answer: int | None = None,
) -> list[Node]:
    """Writes the arrays of each node; returns the rows, which the caller commits together."""
    from labeller.rounds.encode import decode

    task.report(Progress("cards", 0, len(found), "decoding the centres"))
    method = task.warm.method(task.folder.model(model))
    centres = decode(method, np.stack([p.latent_centre for p in found]))
    predictions = _predictions(task, model)
    around = _around(task.images.train[crowd.rows], crowd, found)
    rows = []
    for place, (prototype, path) in enumerate(zip(found, paths, strict=True)):
        key = path if answer is None else f"{path}-a{answer}"
        arrays = {
            "members": prototype.members,
            "euclidean": prototype.euclidean,
            "mahalanobis": prototype.mahalanobis,
            "posterior": prototype.posterior,
            "centre": prototype.centre,
        }
        if (nearest := around[place]) is not None:
            arrays["neighbours"] = nearest
        if centres is not None:
            arrays["image"] = centres[place]
        write_arrays(task.folder.node(number, key), arrays)
        rows.append(
            Node(
                project_id=task.project_id,
                round=number,
                key=key,
                path=path,
                parent_key=parent.key if parent else None,
                split_answer=answer,
                size=prototype.size,
                card=_card(prototype, predictions, crowd),
            )
        )
    return rows


def _around(images: np.ndarray, crowd: Crowd, found: list[Prototype]) -> list[np.ndarray | None]:
    """The images near each cluster; None for one that is asked again and is not of the crowd."""
    inside = [bool(np.isin(prototype.members, images).all()) for prototype in found]
    groups = [
        np.searchsorted(images, prototype.members)
        for prototype, within in zip(found, inside, strict=True)
        if within
    ]
    near = iter(nearest_images(crowd.points, images, groups) if groups else [])
    return [next(near) if within else None for within in inside]


def _predictions(task: Task, model: int) -> np.ndarray | None:
    path = task.folder.model(model) / "predictions.npy"
    return task.merged().apply(np.load(path)) if path.exists() else None


def _known_weights(task: Task, number: int) -> np.ndarray | None:
    """The weight of each image's label from the rounds before, or None in the first."""
    for earlier in range(number - 1, 0, -1):
        path = task.folder.propagation(earlier)
        if path.exists():
            return read_arrays(path)["weights"]
    return None


def _card(prototype: Prototype, predictions: np.ndarray | None, crowd: Crowd) -> dict:
    known = crowd.known
    card: dict[str, object] = {
        "spread": float(prototype.spread),
        "impurity": float(prototype.impurity),
        "medoid": int(prototype.medoid),
        "near": [int(i) for i in prototype.near],
        "random": [int(i) for i in prototype.random],
        "far": [int(i) for i in prototype.far],
        "suggested": None,
        "agreement": 0.0,
        "known": 0.0 if known is None else float(known[prototype.members].mean()),
    }
    if predictions is not None and len(prototype.members):
        counts = np.bincount(predictions[prototype.members])
        card["suggested"] = int(counts.argmax())
        card["agreement"] = float(counts.max() / counts.sum())
        if not crowd.everyone:  # the latent, where the hint looks, is not where these were grouped
            card["impurity"] = 1.0 - float(counts.max() / counts.sum())
    return card
