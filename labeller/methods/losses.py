"""Loss terms as pure functions; each is a mean per image, in nats unless it says otherwise.

"The paper" is "Semi-supervised Learning using Variational Autoencoder - A Cluster based Approach".
Its equations give the loss of one image n; a term here is the mean over the B images of a batch,
so that a weight (beta, gamma) means the same at every batch size.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def bernoulli(logits: Tensor, images: Tensor) -> Tensor:
    """Binary cross-entropy of images in [0,1], summed over pixels: first term of Eq. 1.

    -sum_ij (x ln s(l) + (1-x) ln(1 - s(l))) = sum_ij (softplus(l) - x l) with the sigmoid s;
    the right-hand form never takes the logarithm of 0. Computed in float32 whatever comes in.

    Args: logits (B,C,H,W), images (B,C,H,W) in [0,1]. Returns a scalar.
    """
    total = F.binary_cross_entropy_with_logits(logits.float(), images.float(), reduction="sum")
    return total / len(images)


def gaussian(logits: Tensor, images: Tensor, sigma: float) -> Tensor:
    """Negative log-likelihood of a Gaussian around sigmoid(logits) with fixed `sigma`.

    sum_ij (x - s(l))^2 / (2 sigma^2), without the constant ln(sigma sqrt(2 pi)) of each pixel,
    so that a perfect reconstruction costs 0. `sigma` > 0, in units of the [0,1] range.
    The paper treats images as binary; this is for grey levels and colour.

    Args: logits (B,C,H,W), images (B,C,H,W) in [0,1]. Returns a scalar.
    """
    difference = torch.sigmoid(logits.float()) - images.float()
    return difference.square().sum() / (2 * sigma**2 * len(images))


def reconstruction(likelihood: str, logits: Tensor, images: Tensor, sigma: float) -> Tensor:
    """`bernoulli` or `gaussian` by name; raises ValueError for another name."""
    if likelihood == "bernoulli":
        return bernoulli(logits, images)
    if likelihood == "gaussian":
        return gaussian(logits, images, sigma)
    raise ValueError(f"likelihood must be bernoulli or gaussian, got {likelihood}")


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL divergence of N(mean, exp(log_variance)) from N(0, I): the term that beta scales in Eq. 1.

    -1/2 sum_d (1 + log_variance - mean^2 - exp(log_variance)), summed over the latent's
    dimensions. (The paper's p(z) is, as in every VAE, the approximate posterior of one image.)

    Args: mean (B,D), log_variance (B,D). Returns a scalar.
    """
    mean, log_variance = mean.float(), log_variance.float()
    total = (1 + log_variance - mean.square() - log_variance.exp()).sum()
    return -0.5 * total / len(mean)


def weighted_cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """The classification term of Eq. 4 without gamma: 1/B sum_n w_n (-ln softmax(logits_n)[y_n]).

    Eq. 4 adds a sum over classes to the loss of each image, so the mean runs over all B images:
    one without a label (-1) counts as an image with w = 0, and the term is not renormalised by
    the weights. A batch of few or doubtful labels therefore pulls less, as the paper intends.

    Args: logits (B,K), labels (B,) int64 in [-1, K), weights (B,) in [0,1]. Returns a scalar.
    """
    each = F.cross_entropy(logits.float(), labels, ignore_index=-1, reduction="none")
    return (each * weights).sum() / len(labels)
