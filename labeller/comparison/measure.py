"""The scores of one trained method's latents, for a row of the comparison table."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.special import softmax

from labeller.comparison.answers_needed import curve_of_answers, space_of
from labeller.comparison.plan import Cell, CompareConfig
from labeller.comparison.subject import Subject, scorable, thinned
from labeller.comparison.through import pictures_of, probabilities_of
from labeller.config import ClusterConfig
from labeller.config import preset as preset_named
from labeller.evaluation import scores
from labeller.evaluation.clusters import class_sizes, lowest_entropy, silhouette
from labeller.evaluation.layers import layer_probes
from labeller.evaluation.mlp import mlp_grid
from labeller.evaluation.neighbours import NEIGHBOURS, few_shot, knn_accuracy
from labeller.evaluation.pictures import psnr
from labeller.evaluation.positions import read_positions
from labeller.evaluation.probes import linear_probe
from labeller.events import Progress, Report, silent
from labeller.methods.base import Method
from labeller.rounds.clusterers import cluster
from labeller.rounds.encode import encode
from labeller.rounds.spaces import map2d
from labeller.runtime import resolve_device, stream_seed

CLUSTERS_WITHOUT_CLASSES = 10
MAP_POINTS = 2000
PICTURES = 12
PSNR_IMAGES = 1000
SUREST = 8
SHOWN_CLASSES = 10
FEWEST_ON_MAP = 10
POSITION_EPOCHS = 100


class Measurement:
    """Measures one trained method: `scores` by name, the `answers` curve, and `arrays` to draw.

    What needs targets is left out where there are none; of a method that reads features, so are
    layers (the encoder is not its own) and positions (those pictures have no features).
    """

    def __init__(
        self, method: Method, cell: Cell, config: CompareConfig, subject: Subject, device: str
    ) -> None:
        self.method, self.seed, self.config = method, cell.seed, config
        self.subject, self.device = subject, device
        self.values = subject.read_by(method)
        self.scores: dict[str, float] = {}
        self.answers: list[dict[str, float]] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.report: Report = silent
        self.space: np.ndarray | None = None  # (n, M) of `rows`, as the rounds would cluster them

    def run(self, report: Report) -> None:
        """Encode all images, then every score in turn."""
        self.report = report
        subject = self.subject
        self.train, self.test = (
            encode(self.method, self.values[rows], device=self.device, report=report)
            for rows in (subject.train, subject.test)
        )
        # Rows of `train`, the same for every cell, for what grows with the square of their number.
        self.rows = thinned(np.arange(len(subject.train)), self.config.sample, "train")
        steps: list[Callable[[], None]] = [self.clusters, self.maps, self.pictures]
        if self.config.positions and self.method.reads == "images":
            steps.append(self.positions)
        if subject.targets is not None:
            self.known, self.truth = subject.targets[subject.train], subject.targets[subject.test]
            steps = [self.probes, self.layers, self.manifold, self.efficiency, *steps]
        for place, step in enumerate(steps):
            report(Progress("evaluate", place, len(steps), step.__name__))
            step()

    @property
    def dimensions(self) -> int:
        """Numbers of one latent, D."""
        return int(self.train.shape[1])

    def probes(self) -> None:
        """Linear probe, nearest neighbours, few-shot, and the grid of MLPs where it was asked."""
        rows, test = self.rows, (self.test, self.truth)
        score = probe_score((self.train, self.known), test, self.device)
        self._keep(linear_probe=score)
        if count := min(NEIGHBOURS, int((self.known[rows] >= 0).sum())):
            near = (self.train[rows], self.known[rows])
            self._keep(knn=knn_accuracy(near, test, neighbours=count))
        shots = few_shot(*test, seed=self.seed)
        if shots is not None:
            self._keep(few_shot=shots.accuracy, few_shot_interval=shots.interval)
        if epochs := self.config.mlp_epochs:
            train = (self.train, self.known)
            grid = mlp_grid(train, test, epochs=epochs, seed=self.seed, device=self.device)
            self._keep(mlp=grid.score)

    def layers(self) -> None:
        """A linear probe on each convolution."""
        subject, config = self.subject, self.config
        if not config.layers or subject.targets is None or self.method.reads == "features":
            return
        train, test = (
            thinned(rows, config.sample, f"probe/{name}")
            for name, rows in (("train", subject.train), ("test", subject.test))
        )
        if not scorable(subject.targets[train], subject.targets[test]):
            return
        probes = layer_probes(
            self.method,
            (subject.images[train], subject.targets[train]),
            (subject.images[test], subject.targets[test]),
            most=config.layer_size,
            device=self.device,
            report=self.report,
        )
        self._keep(**probes)

    def manifold(self) -> None:
        """A Gaussian mixture with a component a class in the UMAP of the latents: N2D, where the
        method is an autoencoder. Left out where the preset clusters the latents themselves.
        """
        latents, preset = self.train[self.rows], preset_named(self.config.preset)
        self.space = space_of(latents, preset, seed=self.seed, report=self.report)
        if preset.embed.space == "latent":
            return
        config = preset.cluster.model_copy(update={"clusters": self._wanted(len(latents))})
        groups = cluster(self.space, config, seed=self.seed)
        self._score_clusters(groups.assignment, "manifold_{}")

    def efficiency(self) -> None:
        """How many images are labelled rightly from so many answers."""
        assert self.space is not None, "`manifold` comes first"
        self.answers = curve_of_answers(
            self.space,
            self.train[self.rows],
            self.known[self.rows],
            preset_named(self.config.preset),
            budgets=self.config.answers,
            seed=self.seed,
            report=self.report,
        )
        self._keep(**{f"answers_{each['answers']}": each["accuracy"] for each in self.answers})

    def clusters(self) -> None:
        """k-means with one cluster per class, and the sizes and surest images of the classes found.

        Those are the method's own classes where it makes some (`pseudo_logits`), else k-means's.
        """
        latents, subject = self.train[self.rows], self.subject
        config = ClusterConfig(algorithm="kmeans", clusters=self._wanted(len(latents)))
        groups = cluster(latents, config, seed=self.seed)
        if subject.targets is not None:
            self._score_clusters(groups.assignment, "{}", accuracy="clustering_accuracy")
            self._keep(purity=scores.purity(groups.assignment, self.known[self.rows]))
        self._keep(silhouette=silhouette(latents, groups.assignment))
        images = subject.train[self.rows]
        own = probabilities_of(self.method, self.values[images], self.device)
        probabilities = soft_assignment(latents, groups.centres) if own is None else own
        if own is not None and subject.targets is not None:
            self._score_clusters(own.argmax(1), "{}_own")
        sizes = class_sizes(probabilities.argmax(1), probabilities.shape[1])
        surest = lowest_entropy(probabilities, SUREST)
        largest = np.argsort(-sizes, kind="stable")[:SHOWN_CLASSES]
        self.arrays["class_sizes"] = sizes
        self.arrays["surest"] = np.concatenate([images[surest[k]] for k in largest])
        self.arrays["surest_class"] = np.concatenate([np.full(len(surest[k]), k) for k in largest])

    def maps(self) -> None:
        """Maps of the same test images for every cell, so that points can be followed."""
        rows = thinned(np.arange(len(self.test)), MAP_POINTS, "map")
        if not self.config.maps or len(rows) < FEWEST_ON_MAP:
            return
        self.arrays["map_images"] = self.subject.test[rows]
        for kind in self.config.maps:
            places = map2d(self.test[rows], kind, seed=self.seed, report=self.report)
            self.arrays[f"map_{kind}"] = places.astype(np.float32)

    def pictures(self) -> None:
        """Test images, what training would feed the encoder instead, and what is rebuilt of each.

        A method whose decoder gives pictures of another size (it tiles its input) has no PSNR. What
        training feeds one that reads features is no picture.
        """
        rows = thinned(self.subject.test, PSNR_IMAGES, "pictures")
        clean, method = self.subject.images[rows], self.method
        self.arrays["picture_images"] = rows[:PICTURES]
        seen = self._views(clean) if method.reads == "images" else None
        whole = self.values[rows]
        for name, kind, values in (("psnr", "rebuilt", whole), ("psnr_view", "restored", seen)):
            made = (
                None if values is None else pictures_of(method, method.rebuild, values, self.device)
            )
            if made is not None and made.shape == clean.shape:
                self._keep(**{name: psnr(clean, made)})
                self.arrays[kind] = made[:PICTURES]
        if seen is not None:
            self.arrays["seen"] = seen[:PICTURES]

    def positions(self) -> None:
        """Mean distance in pixels from where a small network on the latents places the object.

        Pictures in which it is not to be seen count neither in learning nor in testing.
        """
        parts = []
        for path in self.config.positions:
            images, places = read_positions(path)
            parts.append((encode(self.method, images, device=self.device), places))
        epochs = self.config.mlp_epochs or POSITION_EPOCHS
        grid = mlp_grid(*parts, epochs=epochs, seed=self.seed, device=self.device)
        self._keep(position_error=grid.score)

    def _views(self, images: np.ndarray) -> np.ndarray | None:
        """What training would feed the encoder in place of the images, the same in every run."""
        place = resolve_device(self.device)
        with torch.random.fork_rng(devices=[place] if place.type == "cuda" else []):
            torch.manual_seed(stream_seed(0, "comparison/view"))
            return pictures_of(self.method, self.method.view, images, self.device)

    def _wanted(self, count: int) -> int:
        """One cluster per class; so many as `count` points allow."""
        scored = self.subject.targets is not None
        return max(2, min(self.subject.classes if scored else CLUSTERS_WITHOUT_CLASSES, count))

    def _score_clusters(
        self, assignment: np.ndarray, name: str, accuracy: str | None = None
    ) -> None:
        """Keep accuracy, NMI and ARI of the clusters (n,) of `rows`; `name` holds their place."""
        truth = self.known[self.rows]
        measured = {
            accuracy or name.format("accuracy"): scores.clustering_accuracy(assignment, truth),
            name.format("nmi"): scores.nmi(assignment, truth),
            name.format("ari"): scores.ari(assignment, truth),
        }
        self._keep(**measured)

    def _keep(self, **measured: float | None) -> None:
        """Store the scores that could be measured."""
        self.scores |= {name: float(value) for name, value in measured.items() if value is not None}


def probe_score(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], device: str
) -> float:
    """The linear probe's accuracy on latents (N, D) with classes (N,), train and test."""
    return linear_probe(*train, *test, device=device)


def soft_assignment(latents: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Chances (N, K) = softmax_k(-|x - c_k|^2 / 2 s^2): how sure k-means may be of an image.

    s^2 is the mean squared distance to the nearest centre in one dimension, the variance of the
    round Gaussians that k-means assumes.
    """
    norms = (latents.astype(np.float64) ** 2).sum(1)[:, None] + (centres**2).sum(1)[None]
    squared = np.maximum(norms - 2 * latents.astype(np.float64) @ centres.T, 0)
    variance = max(float(squared.min(1).mean()), 1e-12) / latents.shape[1]
    logits = -(squared - squared.min(1, keepdims=True)) / (2 * variance)
    probabilities: np.ndarray = softmax(logits, axis=1)
    return probabilities
