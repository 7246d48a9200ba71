"""Unsupervised image classification: a network that learns from its own answers.

"Unsupervised Image Classification for Deep Representation Learning" (Chen et al. 2020). For two
random views t1, t2 of an image, in turn:

    y_n = argmax f'(t1(x_n))                                                          (5)
    min 1/N sum_n l(y_n, f'(t2(x_n)))                                                 (6)

The labels of an epoch are the outputs of the epoch before (Fig. 1), so that they cost no forward
pass of their own; the first epoch's come from one pass with the untrained network. Empty classes
get half of the largest one, classes are drawn equally often (section 4.2). In the last
`fixed_epochs` the labels of one pass over the clean images stay as they are (Table 2). With
`labels` "pass" or "clean" every epoch has a pass of its own, as at inference (running statistics,
no dropout): the two differ in t1 alone, which is Table 3.

Differences: an image that was not drawn in an epoch keeps its label; the loop's optimiser is Adam
unless SGD is chosen (paper: SGD, rate 0.1 falling linearly, weight decay 1e-4, 500 epochs);
the fixed epochs have the end of the same schedule, the paper fine-tunes with one of its own;
pixels are normalised with constants and not with the means of a data set; the preset `alexnet`
has 512 units per dense layer and no dropout, the paper 4096 and 0.5.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor

from labeller.methods.base import EpochData
from labeller.methods.pseudo import PRESETS, PseudoConfig, PseudoLabelMethod
from labeller.methods.registry import register


@register
class UIC(PseudoLabelMethod):
    """Learns classes of its own from random views of each image; needs no labels, cannot decode."""

    name: ClassVar[str] = "uic"
    title: ClassVar[str] = "Unsupervised image classification"
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        **PRESETS,
        "resnet18": {"network": "resnet18", "hidden": 512, "views": "strong"},
    }

    class Config(PseudoConfig):
        """Settings of unsupervised image classification."""

        labels: Literal["previous", "pass", "clean"] = Field(
            "previous",
            description="Pseudo-labels from the previous epoch's outputs, from a pass over random "
            "views, or from a pass over the images themselves (Table 3's ablation).",
        )
        fixed_epochs: int = Field(
            0,
            ge=0,
            le=10_000,
            description="Last epochs, whose pseudo-labels stay (Table 2).",
        )

    config: Config

    def relabel(self, epoch: int, epochs: int, data: EpochData) -> Tensor:
        """The outputs of the previous epoch, or those of a pass over all images."""
        first_fixed = max(0, epochs - self.config.fixed_epochs)
        if epoch > first_fixed or (0 < epoch < first_fixed and self.config.labels == "previous"):
            return self.pseudo
        # An untrained network has no running statistics yet: only the first pass takes a batch's.
        self.train(epoch == 0 and epoch != first_fixed)
        if epoch == first_fixed or self.config.labels == "clean":
            return data.apply(lambda images: self.pseudo_logits(self.plain(images)).argmax(1))
        return data.apply(self.assigned)

    def end_epoch(self, epoch: int, epochs: int, data: EpochData) -> None:
        """Keep the outputs of this epoch: they are the labels of the next."""
        if self._seen is None or epoch >= epochs - self.config.fixed_epochs:
            return
        seen = data.joined(self._seen)
        self.pseudo = seen.where(seen >= 0, self.pseudo)
