"""Methods that compare images by the features of a frozen network, and what they keep of it."""

import torch
from torch import Tensor, distributed, nn

from labeller.methods.base import EpochData, Method
from labeller.methods.loss_networks import FilledLossNetwork, LossNetworkConfig
from labeller.runtime import free_memory

SHARE = 0.25  # of the memory that is free when the first images come


class TargetFeatures:
    """What a frozen network gives for training images; once all are known they are read.

    Images are known by their index among those of this training. Nothing is kept where the
    features of all of them would take more than SHARE of the free memory, nor by one of several
    processes, which sees other images in each epoch. This is no module: a checkpoint has none of
    it, and a training that is resumed computes it again.
    """

    def __init__(self, network: nn.Module) -> None:
        """`network` (B,C,H,W) -> (B,F,h,w) must give the same for an image every time."""
        self.network = network
        self.forget()

    def forget(self) -> None:
        """Keep nothing, until `start`."""
        self._count, self.complete = 0, False
        self._kept: Tensor | None = None  # (N,h,w,F): as convolutions on a CPU read it fastest
        self._known: Tensor | None = None  # (N,) bool

    def start(self, data: EpochData) -> None:
        """Before an epoch of the training images `data`, the same as those of the epoch before.

        The first epoch of a training comes after `forget`.
        """
        together = distributed.is_available() and distributed.is_initialized()
        self._count = 0 if together else data.count
        self.complete = self._known is not None and bool(self._known.all())

    @torch.no_grad()
    def __call__(self, images: Tensor, index: Tensor | None) -> Tensor:
        """Features (B,F,h,w) of images (B,C,H,W) at `index` (B,); None: of other images."""
        if index is None or self._count == 0:
            uncached: Tensor = self.network(images)
            return uncached
        if self.complete:
            assert self._kept is not None
            return self._kept.index_select(0, index).permute(0, 3, 1, 2)
        features: Tensor = self.network(images)
        self._keep(features.permute(0, 2, 3, 1), index)
        return features

    def _keep(self, rows: Tensor, index: Tensor) -> None:
        if self._kept is None or self._known is None:
            needed = self._count * rows[0].numel() * rows.element_size()
            if needed > SHARE * free_memory(rows.device):
                self._count = 0  # until the next epoch, when more may be free
                return
            try:
                self._kept = rows.new_empty(self._count, *rows.shape[1:])
            except RuntimeError:  # a limit of the process, which the free memory does not tell
                self._count = 0
                return
            self._known = torch.zeros(self._count, dtype=torch.bool, device=rows.device)
        self._kept[index] = rows
        self._known[index] = True


class PerceptualMethod(Method):
    """A method whose `targets` are features of a loss network, or what another module gives."""

    config: LossNetworkConfig
    targets: TargetFeatures
    fixed_targets: bool = True  # an image has the same target in every epoch

    @property
    def frozen_network(self) -> FilledLossNetwork | None:
        """The loss network, where the settings ask for one."""
        network = self.targets.network
        return network if isinstance(network, FilledLossNetwork) else None

    def start_epoch(self, epoch: int, epochs: int, data: EpochData) -> None:
        """Keep the targets of this training's images."""
        if epoch == 0:  # a training that was broken off may have left others
            self.targets.forget()
        if self.fixed_targets and self.frozen_network:
            self.targets.start(data)

    def end_training(self) -> None:
        """Forget the targets, and record which weights the loss network had."""
        self.targets.forget()
        if self.frozen_network:
            self.config = self.frozen_network.settled(self.config)

    def notice(self) -> str:
        """Which weights the loss network has, if not those that were chosen."""
        return self.frozen_network.notice() if self.frozen_network else ""
