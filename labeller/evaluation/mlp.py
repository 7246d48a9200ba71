"""The grid of small networks that reads classes or positions off latents (feature-prediction, IV).

Seven architectures are trained; of each the epoch with the lowest validation loss is kept, and the
one with the lowest of these is tested. 20 % of the training latents validate. The paper gives no
optimiser and no activation: here Adam at 1e-3, batches of 256, ReLU, standardised inputs.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from labeller.evaluation.probes import known_rows
from labeller.events import Progress, Report, silent
from labeller.runtime import resolve_device, stream_seed

ARCHITECTURES: tuple[tuple[int, ...], ...] = (
    (),
    (32,),
    (64,),
    (32, 32),
    (64, 32),
    (64, 64),
    (128, 128),
)
EPOCHS = 500
VALIDATION = 0.2
BATCH = 256
RATE = 1e-3


@dataclass(frozen=True)
class GridResult:
    """`score`: accuracy in [0,1], or mean distance in the targets' unit; lowest losses by name.

    `chosen` is the architecture that was tested, as its hidden sizes; `losses` the lowest
    validation loss of each, `epoch` (from 1) where the chosen one reached it.
    """

    score: float
    chosen: tuple[int, ...]
    epoch: int
    losses: dict[tuple[int, ...], float]


def mlp_grid(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    device: str = "auto",
    report: Report = silent,
) -> GridResult:
    """Features (N, D) with classes (N,) int64, or with positions (N, 2) float, train and test.

    Classes are scored by accuracy, positions by the mean Euclidean distance. Classes of -1 are
    left out. Raises ValueError for less than one epoch or fewer than 5 training rows.
    """
    if epochs < 1:
        raise ValueError(f"epochs must be 1 or more, got {epochs}")
    place = resolve_device(device)
    task = _Task(train, test, seed, place)
    fits = {}
    with torch.random.fork_rng(devices=[place] if place.type == "cuda" else []):
        for number, sizes in enumerate(ARCHITECTURES):
            report(Progress("mlp", number, len(ARCHITECTURES), f"hidden layers {list(sizes)}"))
            torch.manual_seed(stream_seed(seed, f"mlp/{sizes}"))
            fits[sizes] = task.fit(sizes, epochs)
    chosen = min(fits, key=lambda sizes: fits[sizes][0])
    _, epoch, network = fits[chosen]
    losses = {sizes: loss for sizes, (loss, _, _) in fits.items()}
    return GridResult(task.score(network), chosen, epoch, losses)


class _Task:
    """The data of one grid on the device, split for training and validation."""

    def __init__(
        self,
        train: tuple[np.ndarray, np.ndarray],
        test: tuple[np.ndarray, np.ndarray],
        seed: int,
        device: torch.device,
    ) -> None:
        self.classes = np.asarray(train[1]).ndim == 1
        x, y = known_rows(*train) if self.classes else (np.asarray(train[0]), np.asarray(train[1]))
        u, v = known_rows(*test) if self.classes else (np.asarray(test[0]), np.asarray(test[1]))
        held = int(len(x) * VALIDATION)
        if held < 1:
            raise ValueError(f"a grid needs at least {int(1 / VALIDATION)} rows, got {len(x)}")
        order = np.random.default_rng(stream_seed(seed, "mlp/split")).permutation(len(x))
        seen, kept = order[held:], order[:held]
        mean, scale = x[seen].mean(0), x[seen].std(0)
        scale[scale == 0] = 1
        kind = torch.int64 if self.classes else torch.float32
        # Positions are learnt in standard units too, so that one learning rate fits any unit.
        self.middle, self.spread = np.zeros(1), np.ones(1)
        self.outputs = int(y.max()) + 1 if self.classes else y.shape[1]
        if not self.classes:
            self.middle, self.spread = y[seen].mean(0), y[seen].std(0)
            y = (y - self.middle) / self.spread

        def there(values: np.ndarray, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.as_tensor(values, dtype=dtype, device=device)

        self.x, self.y = there((x[seen] - mean) / scale), there(y[seen], kind)
        self.held_x, self.held_y = there((x[kept] - mean) / scale), there(y[kept], kind)
        self.test_x, self.test_y = there((u - mean) / scale), v

    def fit(self, sizes: tuple[int, ...], epochs: int) -> tuple[float, int, nn.Module]:
        network = _network(self.x.shape[1], sizes, self.outputs).to(self.x.device)
        optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
        best = (float("inf"), 0, copy.deepcopy(network.state_dict()))
        for epoch in range(1, epochs + 1):
            for rows in torch.randperm(len(self.x)).to(self.x.device).split(BATCH):
                optimiser.zero_grad()
                self._loss(network(self.x[rows]), self.y[rows]).backward()
                optimiser.step()
            with torch.inference_mode():
                loss = float(self._loss(network(self.held_x), self.held_y))
            if loss < best[0]:
                best = (loss, epoch, copy.deepcopy(network.state_dict()))
        network.load_state_dict(best[2])
        return best[0], best[1], network

    @torch.inference_mode()
    def score(self, network: nn.Module) -> float:
        """Accuracy on the test rows, or the mean distance to the true positions."""
        outputs = network(self.test_x).cpu().numpy()
        if self.classes:
            return float((outputs.argmax(1) == self.test_y).mean())
        away = outputs * self.spread + self.middle - self.test_y
        return float(np.linalg.norm(away, axis=1).mean())

    def _loss(self, outputs: Tensor, wanted: Tensor) -> Tensor:
        return cross_entropy(outputs, wanted) if self.classes else mse_loss(outputs, wanted)


def _network(inputs: int, sizes: tuple[int, ...], outputs: int) -> nn.Module:
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [nn.Linear(inputs, size), nn.ReLU()]
        inputs = size
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))
