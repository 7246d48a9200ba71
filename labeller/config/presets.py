"""Named settings of a round, and how they are suited to the images of a project."""

import math
from typing import Any

from labeller.config.settings import (
    CHOOSE,
    AskConfig,
    ClusterConfig,
    EmbedConfig,
    EncodeConfig,
    PropagateConfig,
    RetrainConfig,
    RoundConfig,
    StudentConfig,
)

SMALLEST_BATCH = 32
LEAST_STEPS = 2000
STUDENT_STEPS = 1200
REFERENCE_PIXELS = 28 * 28
ON_FEATURES = "feature-autoencoder"  # draws what clusters of an encoder's features look like
MOST_DRAWN = 400_000  # pictures that it learns to draw: about ten minutes of one core
PIXELS, PHOTOS = EncodeConfig(), EncodeConfig(encoder="lite0")

PRESETS: dict[str, RoundConfig] = {
    # Ours, and the default: clusters of a UMAP of the latent in the first round, a student that
    # learns from the answers, and later questions about what the student is not sure of. The
    # method's own network stays as it is, so that a later round need not embed all images again.
    "recommended": RoundConfig(
        preset="recommended",
        cluster=ClusterConfig(algorithm="gmm", clusters=CHOOSE),
        propagate=PropagateConfig(decay="posterior", join="latest"),
        retrain=RetrainConfig(epochs=0),
        student=StudentConfig(use=True),
        ask=AskConfig(choice="uncertain"),
    ),
    # The paper: Gaussian mixture in the latent itself, weight = posterior times confidence.
    "paper": RoundConfig(
        preset="paper",
        embed=EmbedConfig(space="latent"),
        cluster=ClusterConfig(algorithm="gmm"),
        propagate=PropagateConfig(decay="posterior"),
    ),
    # Ours: the same mixture in a 10-d UMAP of the latent, where classes are islands.
    # There the posterior is nearly 1 inside an island: a decay with the distance would only starve
    # the unusual members.
    "manifold": RoundConfig(
        preset="manifold",
        cluster=ClusterConfig(algorithm="gmm", clusters=CHOOSE),
        propagate=PropagateConfig(decay="posterior"),
    ),
}


def preset(name: str) -> RoundConfig:
    """The round settings called `name`; raises ValueError that lists the names."""
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {name}")
    return PRESETS[name]


def with_encoder(config: RoundConfig, encode: EncodeConfig) -> RoundConfig:
    """The settings with that encoder, as its features want them, or as they are of pixels.

    Images are compared by their features, and the method draws what clusters of them look like,
    unless another than the preset's own was chosen. In the preset `recommended` k-means groups
    them, and later rounds look among more of the images.
    """
    own = preset(config.preset)
    changes: dict[str, Any] = {"encode": encode}
    if encode == PIXELS:
        changes["embed"] = config.embed.model_copy(update={"of": "latent"})
        if config.method == ON_FEATURES:
            changes |= {"method": own.method, "method_config": own.method_config}
        return config.model_copy(update=changes)
    changes["embed"] = config.embed.model_copy(update={"of": "features"})
    if (config.method, config.method_config) == (own.method, own.method_config):
        changes |= {"method": ON_FEATURES, "method_config": {}}
    if config.preset == "recommended":
        changes["cluster"] = ClusterConfig(algorithm="kmeans", clusters=config.cluster.clusters)
        changes["ask"] = config.ask.model_copy(update={"share": 0.4})
    return config.model_copy(update=changes)


def suited(config: RoundConfig, images: int, pixels: int) -> RoundConfig:
    """The settings with batches, epochs and a beta that suit the training images.

    The presets are made for tens of thousands of images of 28x28, where an epoch has hundreds of
    steps. A small set gets smaller batches and more epochs, until each training has enough steps.
    The first term of Eq. 1 sums over pixels and the second does not, so that a small image drowns
    under the KL term: `beta` is scaled by `pixels` (H*W*C), never above 1. For the same reason
    `gamma` of Eq. 4 grows and falls with the number of pixels.
    """
    batch, steps = _batches(config.train.batch_size, images)
    epochs = max(config.train.epochs, math.ceil(LEAST_STEPS / steps))
    if config.method == ON_FEATURES:  # draws well enough after so many; features do not change
        epochs = min(epochs, math.ceil(MOST_DRAWN / images))
    train = {"batch_size": batch, "epochs": epochs}
    retrain = {
        "epochs": config.retrain.epochs
        and max(config.retrain.epochs, math.ceil(LEAST_STEPS / 2 / steps)),
        "gamma": round(config.retrain.gamma * pixels / REFERENCE_PIXELS, 1),
    }
    return with_beta(config, pixels).model_copy(
        update={
            "train": config.train.model_copy(update=train),
            "retrain": config.retrain.model_copy(update=retrain),
            "student": _suited_student(config.student, images),
        }
    )


def with_beta(config: RoundConfig, pixels: int) -> RoundConfig:
    """The settings with the beta that a VAE needs for small images, unless they name one."""
    if config.method != "vae" or "beta" in config.method_config or pixels >= REFERENCE_PIXELS:
        return config
    beta = round(pixels / REFERENCE_PIXELS, 3)
    return config.model_copy(update={"method_config": {**config.method_config, "beta": beta}})


def _suited_student(config: StudentConfig, images: int) -> StudentConfig:
    """Smaller batches and more epochs for a small set, as the method's own training gets."""
    batch, steps = _batches(config.batch_size, images)
    return config.model_copy(
        update={
            "batch_size": batch,
            "epochs": max(config.epochs, math.ceil(STUDENT_STEPS / steps)),
            "epochs_again": max(config.epochs_again, math.ceil(STUDENT_STEPS / 2 / steps)),
        }
    )


def _batches(size: int, images: int) -> tuple[int, int]:
    """The size of a batch of so many images, at most `size`, and the steps of one epoch."""
    while size > SMALLEST_BATCH and images < 50 * size:
        size //= 2
    return size, math.ceil(images / size)
