"""An autoencoder that reads the features of a pretrained encoder and draws the picture.

Features f (F,) of a frozen encoder say what a photo shows, but not how it looks to a person; this
method learns a latent z (D,) of them that can be drawn. With g the features standardised (each
number by its mean and deviation over the training images) and scaled to length sqrt(F):

    s(u) = sqrt(D) u / |u|
    z    = s(W (g + a e) + c),   x' = sigmoid(decoder(s(z + b e'))),   e, e' ~ N(0, I)
    L    = P (|x' - x| + |q(x') - q(x)| + |d x' - d x|) + P l |g' - g|^2 + P v |p(x') - p(x)|

|.| and |.|^2 are means over all numbers of one image, P is how many values the image has (so that
gamma of Eq. 4 of the paper weighs here as it does elsewhere), q averages squares of 4 x 4 pixels, d
are the differences of neighbouring pixels, g' = V s(z + b e') + h is linear, and p are the first
layers of a loss network, divided by their mean size; v is 0 unless it is asked for. The loss is the
mean over a batch, plus gamma times the classification term of the loop.

Latents lie on a sphere, and `decode` puts what it is given there too. The mean of a cluster lies
inside of it, the nearer to 0 the more its images differ; drawn from there its picture would be
pale, like the mean of all images. Pushed outwards it looks like one of them. Noise on features
and latent makes the decoder bear vectors that belong to no image.

W starts as the first D principal directions of g, whitened: the latent is useful before the first
step, which the few steps of a CPU need. Mean, deviation and W are taken from SAMPLE images.

With `variational`, s is left out of z, which is drawn from N(m, exp v), (m, v) = W g + c, without
the noise above, and P beta KL(N(m, exp v) || N(0, I)) / D is added; the latent is m.

Ours: no paper has just this. Decoding pooled features is known to work (Zheng et al., "Diffusion
transformers with representation autoencoders", 2025, which sums the last layers for detail: hand
over features that hold earlier layers, as `lite0` does).
"""

from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from labeller.methods import losses
from labeller.methods.base import Batch, EpochData, ImageShape
from labeller.methods.features import first_rows
from labeller.methods.loss_networks import FilledLossNetwork, LossNetworkConfig
from labeller.methods.registry import register
from labeller.methods.targets import PerceptualMethod, TargetFeatures
from models.feature_decoder import FeatureDecoder

SAMPLE = 10_000  # images whose features give the statistics and the first directions
FARTHEST = 10.0  # deviations: one number of an unusual image does not decide its direction
LITTLE = -2.0  # log-variance that a variational latent starts with
COLOURS = 3  # channels that a loss network takes
LEAST = 1e-6  # deviation below which a number counts as constant


@register
class FeatureAutoencoder(PerceptualMethod):
    """Draws a photo from the features of an encoder, so that centres of photos can be seen."""

    name: ClassVar[str] = "feature-autoencoder"
    title: ClassVar[str] = "Autoencoder on features"
    reads: ClassVar[Literal["images", "features"]] = "features"
    channels_last: ClassVar[bool] = True
    presets: ClassVar[dict[str, dict[str, Any]]] = {"plain": {}, "vae": {"variational": True}}
    quick: ClassVar[dict[str, Any]] = {"width": 8}

    class Config(LossNetworkConfig):
        """Settings of the autoencoder on features."""

        latent: int = Field(96, ge=1, le=1024, description="Dimensions of the latent space.")
        width: int = Field(64, ge=1, le=512, description="Channels of the decoder's second map.")
        feature_noise: float = Field(
            0.3, ge=0, le=10, description="Noise on the features, in their deviations."
        )
        latent_noise: float = Field(
            0.3, ge=0, le=10, description="Noise on the latent: more bears more distant means."
        )
        feature_loss: float = Field(
            0.1, ge=0, le=1000, description="Weight of telling the features from the latent."
        )
        perceptual: float = Field(
            0.0, ge=0, le=1000, description="Weight of the loss network; 0: without it, and faster."
        )
        variational: bool = Field(False, description="Draw the latent from a Gaussian, as a VAE.")
        beta: float = Field(
            0.01, ge=0, le=1000, description="Weight of the KL term, if variational."
        )

    config: Config
    mean: Tensor
    deviation: Tensor
    known: Tensor

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Build networks for images and features of `shape`.

        Raises ValueError for a loss network with too many layers for images so small.
        """
        super().__init__(config, shape, classes)
        self.register_buffer("mean", torch.zeros(shape.features))
        self.register_buffer("deviation", torch.ones(shape.features))
        self.register_buffer("known", torch.tensor(False))  # mean and deviation
        outputs = 2 * config.latent if config.variational else config.latent
        self.encoder = nn.Linear(shape.features, outputs)
        nn.init.constant_(self.encoder.bias[config.latent :], LITTLE)
        self.decoder = FeatureDecoder(config.latent, shape.size, config.width)
        self.features = nn.Linear(config.latent, shape.features)
        self.head = nn.Linear(config.latent, classes)
        self.loss_network = _loss_network(config, shape) if config.perceptual else nn.Identity()
        self.targets = TargetFeatures(self.loss_network)

    def start_epoch(self, epoch: int, epochs: int, data: EpochData) -> None:
        """Before the first training also statistics of the features: where the latent starts."""
        super().start_epoch(epoch, epochs, data)
        if not self.known:
            self._start(data)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The module's equation, and the classification term with `batch.gamma` > 0."""
        assert batch.features is not None  # `train` has them where a method reads them
        config, values = self.config, batch.images[0].numel()
        features = self._standardised(batch.features)
        mean, log_variance = self._posterior(features + self._noise(features))
        z = self._disturbed(mean, log_variance)
        drawn = self.decoder(z).float().sigmoid()
        terms = {
            "pixels": values * picture_difference(drawn, batch.images),
            "features": values * (self.features(z).float() - features).square().mean(),
        }
        total = terms["pixels"] + config.feature_loss * terms["features"]
        if config.perceptual:
            terms["perceptual"] = values * self._perceived(drawn, batch)
            total = total + config.perceptual * terms["perceptual"]
        if log_variance is not None:
            divergence = losses.kl_to_standard_normal(mean, log_variance)
            terms["kl"] = values * divergence / config.latent
            total = total + config.beta * terms["kl"]
        return self.with_classification({"loss": total, **terms}, mean, batch)

    def encode(self, features: Tensor) -> Tensor:
        return self._posterior(self._standardised(features))[0]

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.decoder(_on_sphere(z)).float())

    def _standardised(self, features: Tensor) -> Tensor:
        """g (B,F) of features f."""
        values = (features.float() - self.mean) / self.deviation.clamp(min=LEAST)
        return _on_sphere(values.clamp(-FARTHEST, FARTHEST))

    def _posterior(self, features: Tensor) -> tuple[Tensor, Tensor | None]:
        """Latent (B,D) of g, and its log-variance (B,D) where it has one, in float32."""
        values = self.encoder(features).float()
        if not self.config.variational:
            return _on_sphere(values), None
        mean, log_variance = values.chunk(2, dim=1)
        return mean, log_variance

    def _noise(self, features: Tensor) -> Tensor | float:
        if self.config.variational or not self.training:
            return 0.0
        return self.config.feature_noise * torch.randn_like(features)

    def _disturbed(self, mean: Tensor, log_variance: Tensor | None) -> Tensor:
        """What the decoder gets in training: the latent with noise, on the sphere again."""
        deviation = self.config.latent_noise if log_variance is None else (log_variance / 2).exp()
        return _on_sphere(mean + deviation * torch.randn_like(mean))

    def _perceived(self, drawn: Tensor, batch: Batch) -> Tensor:
        wanted = self.targets(_coloured(batch.images), batch.index if self.training else None)
        difference = self.loss_network(_coloured(drawn)).float() - wanted.float()
        relative: Tensor = difference.abs().mean() / wanted.float().abs().mean().clamp(min=LEAST)
        return relative

    @torch.no_grad()
    def _start(self, data: EpochData) -> None:
        """Statistics and first directions of a sample; of several processes, the first one's."""
        sample = first_rows(data, SAMPLE)
        if sample is not None:
            self._take(sample)
        for value in (self.mean, self.deviation, self.encoder.weight, self.encoder.bias):
            value.copy_(data.first(value))
        self.known.fill_(True)

    def _take(self, sample: Tensor) -> None:
        """Mean and deviation of features (n,F), and their whitened first directions as W."""
        self.mean.copy_(sample.mean(0))
        self.deviation.copy_(sample.std(0, correction=0))
        sample = self._standardised(sample)
        count = min(self.config.latent, *sample.shape)
        directions = torch.pca_lowrank(sample, count)[2].T
        spread = (sample @ directions.T).std(0, correction=0).clamp(min=LEAST)
        self.encoder.weight[:count] = directions / spread[:, None]
        self.encoder.bias[:count] = -(self.encoder.weight[:count] @ sample.mean(0))


def picture_difference(drawn: Tensor, images: Tensor) -> Tensor:
    """Mean absolute difference of pictures (B,C,H,W), of their 4 x 4 means and of their edges."""
    difference = drawn - images
    across = (difference[..., 1:] - difference[..., :-1]).abs().mean()
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
    return difference.abs().mean() + F.avg_pool2d(difference, 4).abs().mean() + across + down


def _loss_network(config: LossNetworkConfig, shape: ImageShape) -> FilledLossNetwork:
    network = FilledLossNetwork(config)
    try:
        network.features(COLOURS, shape.height, shape.width)
    except RuntimeError as error:  # a map that is smaller than the next layer's window
        raise ValueError(
            f"loss_layers must be fewer than {config.loss_layers} for images of {shape.height} x "
            f"{shape.width} pixels, or perceptual 0"
        ) from error
    return network


def _on_sphere(vectors: Tensor) -> Tensor:
    """Vectors (B,D) scaled to length sqrt(D)."""
    scaled: Tensor = F.normalize(vectors.float(), dim=1) * vectors.shape[1] ** 0.5
    return scaled


def _coloured(images: Tensor) -> Tensor:
    """Images (B,C,H,W) with three channels, as a loss network takes them."""
    return images.expand(-1, COLOURS, -1, -1) if images.shape[1] == 1 else images
