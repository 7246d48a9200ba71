"""The network of "Semi-supervised Learning using Variational Autoencoder", section 3.2.

Encoder: one down-sampling convolution and two dense layers. Decoder: two dense layers and one
up-sampling deconvolution. The paper gives no sizes; ours (32 channels, 256 units) are defaults of
the methods. Any image side from 2 works: an odd side is rounded up by the convolution, and the
deconvolution's last row or column is cut off.
"""

from torch import Tensor, nn
from torch.nn import functional as F


def halved(side: int) -> int:
    """The side (pixels) of a feature map after one convolution of stride 2, rounded up."""
    return (side + 1) // 2


class Deconvolution(nn.ConvTranspose2d):
    """The same map as its parent's, as one matrix product where that is faster: to one channel on
    a CPU, because the vectors of torch's own route run over the output channels.
    """

    def forward(self, features: Tensor, output_size: list[int] | None = None) -> Tensor:
        if self.out_channels > 1 or features.device.type != "cpu" or output_size is not None:
            return super().forward(features, output_size)
        patches = self.weight.flatten(1).T @ features.flatten(2)
        sides = (2 * features.shape[2], 2 * features.shape[3])
        image = F.fold(patches, sides, kernel_size=4, stride=2, padding=1)
        return image if self.bias is None else image + self.bias[:, None, None]


class ShallowEncoder(nn.Module):
    """Images (B,C,H,W) to vectors (B,outputs): convolution of stride 2, dense, dense."""

    def __init__(
        self, size: tuple[int, int, int], outputs: int, *, width: int = 32, hidden: int = 256
    ) -> None:
        """`size` is (C,H,W); `width` the convolution's channels; `hidden` the dense units."""
        super().__init__()
        channels, height, breadth = size
        self.convolution = nn.Conv2d(channels, width, kernel_size=3, stride=2, padding=1)
        self.hidden = nn.Linear(width * halved(height) * halved(breadth), hidden)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, images: Tensor) -> Tensor:
        features = self.convolution(images).relu_()
        outputs: Tensor = self.output(self.hidden(features.flatten(1)).relu_())
        return outputs


class ShallowDecoder(nn.Module):
    """Vectors (B,inputs) to image logits (B,C,H,W): dense, dense, deconvolution of stride 2."""

    def __init__(
        self, size: tuple[int, int, int], inputs: int, *, width: int = 32, hidden: int = 256
    ) -> None:
        """`size` is (C,H,W); `width` the deconvolution's channels; `hidden` the dense units."""
        super().__init__()
        channels, self.height, self.breadth = size
        self.map = (width, halved(self.height), halved(self.breadth))
        self.hidden = nn.Linear(inputs, hidden)
        self.spread = nn.Linear(hidden, self.map[0] * self.map[1] * self.map[2])
        self.deconvolution = Deconvolution(width, channels, 4, stride=2, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        features = self.spread(self.hidden(z).relu_()).relu_()
        logits: Tensor = self.deconvolution(features.unflatten(1, self.map))
        return logits[:, :, : self.height, : self.breadth]
