"""DeepCluster: k-means of the features gives the labels that the network then learns.

"Deep Clustering for Unsupervised Learning of Visual Features" (Caron et al. 2018), the method
that UIC (`uic.py`) is compared with. Before each epoch, with features f of the clean images:

    min over C of 1/N sum_n min over one-hot y_n of |C y_n - f(x_n)|^2                (1 of UIC)

on features before their last ReLU (so the authors' code), reduced by PCA, whitened and scaled to
length 1: of units that are 0 for every image k-means would see nothing. Then Eq. 6 with those
labels and a classifier that starts anew, because the numbers of the clusters mean nothing from
one epoch to the next. Empty classes and sampling as in `pseudo.py`.

Differences: k-means of scikit-learn; Adam keeps its moments of the classifier across restarts.
"""

from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from labeller.methods.base import EpochData
from labeller.methods.pseudo import PRESETS, PseudoConfig, PseudoLabelMethod
from labeller.methods.registry import register

ROUNDING = 1e-5  # of a feature's size: what sums of float32 do not tell apart


@register
class DeepCluster(PseudoLabelMethod):
    """Clusters its features before each epoch and learns to predict the clusters."""

    name: ClassVar[str] = "deepcluster"
    title: ClassVar[str] = "DeepCluster"
    presets: ClassVar[dict[str, dict[str, Any]]] = PRESETS

    class Config(PseudoConfig):
        """Settings of DeepCluster."""

        components: int = Field(
            256, ge=1, le=4096, description="PCA components of the features that are clustered."
        )
        iterations: int = Field(20, ge=1, le=1000, description="Iterations of k-means.")

    config: Config

    def relabel(self, epoch: int, epochs: int, data: EpochData) -> Tensor:
        """k-means of the features of all images; the classifier of the clusters starts anew."""
        self.eval()
        features = data.apply(self._before_last_relu).cpu().numpy()
        labels = torch.from_numpy(self._clustered(features, data.seed)).to(data.device)
        self._restart(data.seed)
        return data.first(labels)

    def _before_last_relu(self, images: Tensor) -> Tensor:
        features: Tensor = self.dense[:-1](self.backbone(self._prepared(self.plain(images))))
        return features.float()

    def _clustered(self, features: np.ndarray, seed: int) -> np.ndarray:
        from sklearn.cluster import KMeans
        from sklearn.decomposition import PCA

        components = min(self.config.components, *features.shape)
        pca = PCA(components, whiten=True, random_state=seed).fit(features)
        reduced = pca.transform(features)
        # Whitening would blow the rounding errors of directions without variance up to unit size.
        least = ROUNDING * np.sqrt(np.mean(np.square(features, dtype=np.float64)))
        reduced[:, np.sqrt(pca.explained_variance_) <= least] = 0
        reduced /= np.linalg.norm(reduced, axis=1, keepdims=True).clip(1e-12)
        clusters = min(self.config.clusters, len(np.unique(reduced, axis=0)))
        means = KMeans(clusters, n_init=1, max_iter=self.config.iterations, random_state=seed)
        labels: np.ndarray = means.fit_predict(reduced).astype(np.int64)
        return labels

    def _restart(self, seed: int) -> None:
        draws = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            weight = torch.randn(self.pseudo_head.weight.shape, generator=draws)
            self.pseudo_head.weight.copy_(0.01 * weight)
            self.pseudo_head.bias.zero_()
