"""The fully convolutional autoencoder with additive shortcuts of "Unsupervised Feature Learning
With Symmetrically Connected Convolutional Denoising Auto-encoders" (section 3.1, Table 1).

Block i has m_i 3x3 convolutions of n 2^(i-1) channels (at most 8 n), the last with stride 2.
Network-1 has four blocks, m_4 = 0 leaves the fourth out; Network-2, the VGG-like one, is
n = 64 with m = (2, 2, 3, 3, 3). The decoder mirrors it with deconvolutions.
"""

from typing import Literal

import torch
from torch import Tensor, nn

Shortcuts = Literal["none", "ends", "full"]
WIDEST = 8  # most channels, in multiples of n
EVERY = 2  # convolutions from one shortcut to the next


def block_layers(blocks: tuple[int, ...], width: int) -> list[tuple[int, int]]:
    """(channels, stride) of each convolution of the encoder."""
    return [
        (width * min(2**place, WIDEST), 2 if layer == count - 1 else 1)
        for place, count in enumerate(blocks)
        for layer in range(count)
    ]


class SymmetricEncoder(nn.Module):
    """Images (B,C,H,W) to the map after the last convolution; each with batch norm and ReLU."""

    def __init__(self, channels: int, blocks: tuple[int, ...], width: int) -> None:
        """`blocks` are m_1, m_2, ... of which one at least is positive; `width` is n."""
        super().__init__()
        self.layers = nn.ModuleList()
        self.sizes = block_layers(blocks, width)
        for outputs, stride in self.sizes:
            convolution = nn.Conv2d(channels, outputs, 3, stride, padding=1, bias=False)
            self.layers.append(nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU()))
            channels = outputs
        self.outputs = channels

    def maps(self, images: Tensor) -> list[Tensor]:
        maps = []
        for layer in self.layers:
            images = layer(images)
            maps.append(images)
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """The last map averaged over its pixels, (B,outputs)."""
        for layer in self.layers:
            images = layer(images)
        return images.mean((2, 3))


class SymmetricDecoder(nn.Module):
    """The encoder's maps back to an image, with `shortcuts` none, ends (image to image) or full.

    A shortcut adds the map of the encoder after its 2nd, 4th, ... convolution to the output of
    the deconvolution that gives a map of this size, before its ReLU.
    """

    def __init__(self, encoder: SymmetricEncoder, channels: int, shortcuts: Shortcuts) -> None:
        super().__init__()
        self.shortcuts = shortcuts
        before = [channels, *(outputs for outputs, _ in encoder.sizes[:-1])]
        self.deconvolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        for (outputs, stride), inputs in zip(encoder.sizes, before, strict=True):
            first = len(self.norms) == 0  # the layer that gives the image: no norm after it
            self.deconvolutions.append(
                nn.ConvTranspose2d(outputs, inputs, 3, stride, padding=1, bias=first)
            )
            self.norms.append(nn.Identity() if first else nn.BatchNorm2d(inputs))

    def forward(self, images: Tensor, maps: list[Tensor]) -> Tensor:
        """What the encoder saw (B,C,H,W) and its maps, to an image (B,C,H,W), not clipped."""
        features = maps[-1]
        for place in range(len(maps) - 1, -1, -1):
            target = maps[place - 1] if place else images
            up = self.deconvolutions[place](features, output_size=list(target.shape[2:]))
            features = self.norms[place](up)
            if place == 0:
                break
            if self.shortcuts == "full" and place % EVERY == 0:
                features = features + target
            features = torch.relu(features)
        return features if self.shortcuts == "none" else features + images
