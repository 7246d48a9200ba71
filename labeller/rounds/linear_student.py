"""Softmax regressions on vectors that stay as they are: a method's head, and the linear student.

The student minimises

    L = - sum_n v_n log p(y_n | u_n) + l/2 |A|^2 E|u|^2
    v_n = w_n (guessed images),  r w_n V / S (seen images)

with sum v = 1: y_n is the label of image n and w_n its weight. Images that a person looked at, one
by one on a card, are known; the others of its cluster are guessed. V and S are the weights of all
guessed and of all seen ones, so that r says how much the seen count as a whole. The penalty l and r
are chosen by cross-validation over the *answers*: those of one part are taken away, with all their
images, and the images seen in them are predicted. One card is never on both sides, and no true
label is needed.
"""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from labeller.events import Progress, Report, silent
from labeller.methods.base import Method

PENALTIES = (1e-4, 3e-5, 1e-5)
TRUSTS = (3.0, 30.0, 1.0)  # r; the first of both are taken where answers are too few to choose
FEWEST = 15  # answers with which to choose
FOLDS = 4
GUESSED, IN_FOLDS = 20_000, 4_000  # guessed images that are learned from, at most
STEPS = 60  # of the optimiser
MOST = 20_000  # images of a head: a linear map of some dozen dimensions needs no more
NEVER = -30.0  # the offset of a class without images


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """What is known of n images: points (n, C) float32, labels (n,) from 0, weights (n,) in (0, 1],
    answers (n,) int64, the number of the answer that each label is from, and seen (n,) bool.
    """

    points: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    answers: np.ndarray
    seen: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def among(self, rows: np.ndarray) -> "LabelledSet":
        """Those of some images: positions or a mask."""
        return LabelledSet(*(values[rows] for values in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Regression:
    """A (classes, C) and c (classes,) float32, and the settings that they were learned with."""

    weight: np.ndarray
    bias: np.ndarray
    penalty: float
    trust: float


def learn(
    labelled_set: LabelledSet,
    classes: int,
    *,
    choose: bool = True,
    seed: int = 0,
    report: Report = silent,
) -> Regression:
    """The softmax regression that the lesson teaches; a class without an image is never said.

    Without `choose` the first penalty and trust are taken, as where there are few answers. Raises
    ValueError for a lesson without images.
    """
    if not len(labelled_set):
        raise ValueError("a student must have labelled images to learn from, got none")
    penalty, trust = PENALTIES[0], TRUSTS[0]
    if choose:
        penalty, trust = _chosen(labelled_set, classes, seed, report)
    return _fitted(_fewer(labelled_set, GUESSED, seed), classes, penalty, trust)


def fit_head(
    method: Method, latents: np.ndarray, labels: np.ndarray, weights: np.ndarray, *, seed: int = 0
) -> None:
    """Sets `method.head` to the weighted softmax regression from latents (N, D) to labels (N,).

    The second term of Eq. 4 alone, minimised over the head by scikit-learn (with its standard L2
    penalty of 1): what retraining adds when the encoder is left as it is. Images without a label
    (-1) or weight do not count. With labels of one class only, the head answers that class.
    """
    rows = np.flatnonzero((labels >= 0) & (weights > 0))
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
    head = method.head
    coefficients = np.zeros((head.out_features, head.in_features), np.float32)
    bias = np.full(head.out_features, NEVER, np.float32)
    present = np.unique(labels[rows])
    if len(present) == 1:
        bias[present] = 0.0
    elif len(present) > 1:
        with threadpool_limits(1):
            fitted = LogisticRegression(max_iter=200).fit(
                latents[rows], labels[rows], sample_weight=weights[rows]
            )
        two = len(present) == 2  # scikit-learn then keeps the difference of the two logits
        coefficients[present] = (
            np.vstack([-fitted.coef_, fitted.coef_]) / 2 if two else fitted.coef_
        )
        intercept = fitted.intercept_
        bias[present] = np.concatenate([-intercept, intercept]) / 2 if two else intercept
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(coefficients))
        head.bias.copy_(torch.from_numpy(bias))


def _chosen(
    labelled_set: LabelledSet, classes: int, seed: int, report: Report
) -> tuple[float, float]:
    """The penalty and the trust that tell most of the images seen in answers left out."""
    first = PENALTIES[0], TRUSTS[0]
    answers = np.unique(labelled_set.answers[labelled_set.seen])
    if len(answers) < FEWEST or len(np.unique(labelled_set.labels)) < 2:
        return first
    order = np.random.default_rng(seed).permutation(answers)
    parts = [np.isin(labelled_set.answers, part) for part in np.array_split(order, FOLDS)]
    trusts = TRUSTS if not labelled_set.seen.all() else TRUSTS[:1]  # in how far next to the guessed
    pairs = [(penalty, trust) for trust in trusts for penalty in PENALTIES]
    right = np.zeros(len(pairs))
    for fold, apart in enumerate(parts):
        taught = _fewer(labelled_set.among(~apart), IN_FOLDS, seed + fold)
        asked = labelled_set.among(apart & labelled_set.seen)
        if not len(taught):
            continue
        for place, (penalty, trust) in enumerate(pairs):
            report(Progress("student", fold * len(pairs) + place, FOLDS * len(pairs)))
            fitted = _fitted(taught, classes, penalty, trust)
            predictions = (asked.points @ fitted.weight.T + fitted.bias).argmax(axis=1)
            right[place] += (predictions == asked.labels).sum()
    return pairs[int(right.argmax())]  # the first of equals


def _fewer(labelled_set: LabelledSet, most: int, seed: int) -> LabelledSet:
    """All seen images and at most `most` of the others."""
    others = np.flatnonzero(~labelled_set.seen)
    if len(others) <= most:
        return labelled_set
    drawn = np.random.default_rng(seed).choice(others, most, replace=False)
    return labelled_set.among(np.sort(np.concatenate([np.flatnonzero(labelled_set.seen), drawn])))


def _fitted(labelled_set: LabelledSet, classes: int, penalty: float, trust: float) -> Regression:
    """The regression by L-BFGS, on one thread's worth of numbers: seconds for 20,000 images."""
    present = np.unique(labelled_set.labels)
    points = torch.from_numpy(np.ascontiguousarray(labelled_set.points, np.float32))
    # The weights lie in the span of the points: few images need few numbers, and the same steps.
    basis = torch.linalg.qr(points.T).Q if len(points) < points.shape[1] else None
    points = points if basis is None else points @ basis
    labels = torch.from_numpy(np.searchsorted(present, labelled_set.labels))
    shares = torch.from_numpy(_shares(labelled_set, trust))
    length = points.square().sum(dim=1).mean()
    weight = torch.zeros(len(present), points.shape[1], requires_grad=True)
    bias = torch.zeros(len(present), requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimiser.zero_grad()
        scores = points @ weight.T + bias
        losses = torch.nn.functional.cross_entropy(scores, labels, reduction="none")
        total = (shares * losses).sum() + penalty / 2 * length * weight.square().sum()
        total.backward()
        return total.item()

    optimiser.step(loss)
    learned = weight.detach() if basis is None else weight.detach() @ basis.T
    whole = np.zeros((classes, labelled_set.points.shape[1]), np.float32)
    offset = np.full(classes, NEVER, np.float32)
    whole[present], offset[present] = learned.numpy(), bias.detach().numpy()
    return Regression(whole, offset, penalty, trust)


def _shares(labelled_set: LabelledSet, trust: float) -> np.ndarray:
    """v (n,) float32, of sum 1."""
    shares = labelled_set.weights.astype(np.float64)
    guessed, seen = shares[~labelled_set.seen].sum(), shares[labelled_set.seen].sum()
    if guessed > 0 and seen > 0:
        shares[labelled_set.seen] *= trust * guessed / seen
    normalised: np.ndarray = (shares / shares.sum()).astype(np.float32)
    return normalised
