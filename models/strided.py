"""The autoencoder of "Pretraining Image Encoders without Reconstruction via Feature Prediction
Loss" (Figs. 3 and 4), which "Pseudo Labelling" uses too (Fig. 9).

Encoder: four convolutions of kernel 4 and stride 2 without padding, 32-64-128-256 channels, each
with batch norm and ReLU, then a dense layer. Decoder: a dense layer to 1024 channels, then
deconvolutions of kernel 5, 5, 6, 6 and stride 2 to 128-64-32-C channels. Images are square, of
64 + 16n pixels: the encoder's last map has 2+n positions per side, the decoder's first 1+n. `width`
scales all channels; 32 is that of the papers. Neither says whether the decoder has batch norm; ours
has it after each deconvolution but the last, as the first paper's published code.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

SMALLEST, STEP = 64, 16  # sides of images: 64, 80, 96, ...


def steps_above(side: int) -> int:
    """n of a side of 64 + 16n pixels; raises ValueError for another side."""
    above, rest = divmod(side - SMALLEST, STEP)
    if above < 0 or rest:
        raise ValueError(f"the side must be 64 + 16n pixels, got {side}")
    return above


class StridedEncoder(nn.Module):
    """Images (B,C,S,S) to vectors (B,outputs)."""

    def __init__(self, channels: int, side: int, outputs: int, width: int = 32) -> None:
        """`side` S is 64 + 16n pixels; `width` the channels of the first convolution."""
        super().__init__()
        widths = [channels, width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers.append(nn.Conv2d(before, after, 4, stride=2, bias=False))
            layers += [nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        self.convolutions = nn.Sequential(*layers)
        self.output = nn.Linear(widths[-1] * (2 + steps_above(side)) ** 2, outputs)

    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.output(self.convolutions(images).flatten(1))
        return outputs


class StridedDecoder(nn.Module):
    """Vectors (B,inputs) to image logits (B,C,S,S)."""

    def __init__(self, inputs: int, channels: int, side: int, width: int = 32) -> None:
        """`side` S is 64 + 16n pixels; `width` the channels of the last map."""
        super().__init__()
        self.map = (32 * width, 1 + steps_above(side), 1 + steps_above(side))
        self.spread = nn.Linear(inputs, self.map[0] * self.map[1] * self.map[2])
        widths = [32 * width, 4 * width, 2 * width, width, channels]
        layers: list[nn.Module] = []
        for (before, after), kernel in zip(pairwise(widths), (5, 5, 6, 6), strict=True):
            layers += [
                nn.ConvTranspose2d(before, after, kernel, stride=2),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
            ]
        self.deconvolutions = nn.Sequential(*layers[:-2])

    def forward(self, z: Tensor) -> Tensor:
        images: Tensor = self.deconvolutions(self.spread(z).relu().unflatten(1, self.map))
        return images


class Perceptron(nn.Sequential):
    """Dense layers with a ReLU between them: `sizes` are inputs, hidden units ..., outputs."""

    def __init__(self, sizes: Sequence[int]) -> None:
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(inplace=True)]
        super().__init__(*layers[:-1])
