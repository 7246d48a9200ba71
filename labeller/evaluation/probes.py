"""Linear probe: how much of the classes a plane can read off the features (pl-ae, Algorithm 3).

    min over W, b of  (1/N) sum_n -ln softmax(W x_n + b)[y_n] + |W|^2 / (2 C N)

with x standardised by the training features. That is scikit-learn's LogisticRegression(C=C); here
L-BFGS runs on the device, where 60,000 latents of 350 numbers take seconds. The paper names
scikit-learn's linear classifiers without saying which.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from labeller.runtime import resolve_device, stream_seed

STEPS = 200
# Values of C to choose from, the strongest penalty first.
CHOICES = (0.001, 0.01, 0.1, 1.0)


@dataclass(frozen=True, eq=False)
class LinearProbe:
    """Weights (K, D), bias (K,), and the mean (D,) and scale (D,) that standardise features."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    scale: Tensor

    @torch.inference_mode()
    def predict(self, features: np.ndarray) -> np.ndarray:
        """Classes (N,) int64 of features (N, D)."""
        x = (_tensor(features, self.mean.device) - self.mean) / self.scale
        return (x @ self.weight.T + self.bias).argmax(1).cpu().numpy()


def fit_linear(
    features: np.ndarray, targets: np.ndarray, *, c: float = 1.0, device: str = "auto"
) -> LinearProbe:
    """Logistic regression on features (N, D) with classes targets (N,) int64; -1 is left out.

    `c` > 0 is the inverse strength of the penalty, as in scikit-learn. The problem is convex: the
    result does not depend on a seed. Raises ValueError without two classes or for another `c`.
    """
    x, y = known_rows(features, targets)
    if not c > 0:
        raise ValueError(f"c must be above 0, got {c}")
    if len(np.unique(y)) < 2:
        raise ValueError(f"a probe needs targets of at least 2 classes, got {len(np.unique(y))}")
    place = resolve_device(device)
    inputs, wanted = _tensor(x, place), torch.as_tensor(y, device=place)
    mean, scale = inputs.mean(0), inputs.std(0, unbiased=False)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    inputs = (inputs - mean) / scale
    weight, bias = _descend(inputs, wanted, int(y.max()) + 1, 1 / (2 * c * len(y)))
    return LinearProbe(weight, bias, mean, scale)


def linear_probe(
    train: np.ndarray,
    train_targets: np.ndarray,
    test: np.ndarray,
    test_targets: np.ndarray,
    *,
    c: float = 1.0,
    device: str = "auto",
) -> float:
    """Share of the test features (M, D) that a probe of the training features gets right."""
    x, y = known_rows(test, test_targets)
    probe = fit_linear(train, train_targets, c=c, device=device)
    return float((probe.predict(x) == y).mean())


def chosen_c(features: np.ndarray, targets: np.ndarray, *, device: str = "auto") -> float:
    """The C of CHOICES that suits features (N, D) with classes targets (N,) int64, -1 unknown.

    Probes of nine tenths are scored on the other tenth, always the same one, until one is worse
    than the last. Where a tenth is too little to tell, it is 1.
    """
    x, y = known_rows(features, targets)
    rows = np.random.default_rng(stream_seed(0, "penalty")).permutation(len(y))
    count = len(y) // 10
    held_out, rest = rows[:count], rows[count:]
    if count < len(CHOICES) or len(np.unique(y[rest])) < 2:
        return CHOICES[-1]
    best, highest = CHOICES[0], -1.0
    for c in CHOICES:
        score = linear_probe(x[rest], y[rest], x[held_out], y[held_out], c=c, device=device)
        if score < highest:
            break
        if score > highest:
            best, highest = c, score
    return best


def known_rows(features: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, D) and targets (N,) of the images whose class is known.

    Raises ValueError when the lengths differ, a feature is not finite, or no class is known.
    """
    features, targets = np.asarray(features), np.asarray(targets, np.int64)
    if features.ndim != 2 or targets.shape != (len(features),):
        raise ValueError(
            f"features must be (N, D) and targets (N,), got {features.shape} and {targets.shape}"
        )
    if not np.isfinite(features).all():
        raise ValueError("features must be finite numbers, got NaN or infinity")
    known = targets >= 0
    if not known.any():
        raise ValueError("targets must name the class of at least one image, got none")
    return features[known], targets[known]


def _descend(x: Tensor, y: Tensor, classes: int, penalty: float) -> tuple[Tensor, Tensor]:
    weight = torch.zeros(classes, x.shape[1], device=x.device, requires_grad=True)
    bias = torch.zeros(classes, device=x.device, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias],
        max_iter=STEPS,
        tolerance_grad=1e-5,
        tolerance_change=1e-7,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = cross_entropy(x @ weight.T + bias, y) + penalty * weight.square().sum()
        loss.backward()
        return loss

    with torch.inference_mode(False), torch.enable_grad():
        optimiser.step(closure)
    return weight.detach(), bias.detach()


def _tensor(features: np.ndarray, device: torch.device) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(features, dtype=np.float32), device=device)
