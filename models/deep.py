"""A deeper convolutional autoencoder for colour images: halve the map until its sides are <= 4.

Every stage is two convolutions with batch normalisation and SiLU; channels double with each
stage up to eight times the first. A side of 4 or less is not halved further, so 8x128 works too.
"""

from torch import Tensor, nn

SMALLEST = 4  # a map with sides this small goes to the dense layers
WIDEST = 8  # most channels, in multiples of the first stage's


def stage_sizes(height: int, breadth: int) -> list[tuple[int, int]]:
    """Map sizes in pixels, from the image (first) to the smallest map (last)."""
    sizes = [(height, breadth)]
    while max(sizes[-1]) > SMALLEST:
        sizes.append((_shrunk(sizes[-1][0]), _shrunk(sizes[-1][1])))
    return sizes


def stage_widths(width: int, stages: int) -> list[int]:
    """Channels of each of the `stages` maps after the image."""
    return [width * min(2**stage, WIDEST) for stage in range(stages)]


class DeepEncoder(nn.Module):
    """Images (B,C,H,W) to vectors (B,outputs)."""

    def __init__(
        self, size: tuple[int, int, int], outputs: int, *, width: int = 32, hidden: int = 256
    ) -> None:
        """`size` is (C,H,W); `width` the first stage's channels; `hidden` the dense units."""
        super().__init__()
        channels, height, breadth = size
        sizes = stage_sizes(height, breadth)
        layers: list[nn.Module] = []
        for stage, out in enumerate(stage_widths(width, len(sizes) - 1)):
            stride = _strides(sizes[stage], sizes[stage + 1])
            layers += _normed(nn.Conv2d(channels, out, 3, stride, padding=1, bias=False), out)
            layers += _normed(nn.Conv2d(out, out, 3, padding=1, bias=False), out)
            channels = out
        self.stages = nn.Sequential(*layers)
        self.hidden = nn.Linear(channels * sizes[-1][0] * sizes[-1][1], hidden)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, images: Tensor) -> Tensor:
        features = self.stages(images).flatten(1)
        outputs: Tensor = self.output(nn.functional.silu(self.hidden(features)))
        return outputs


class DeepDecoder(nn.Module):
    """Vectors (B,inputs) to image logits (B,C,H,W): the encoder's stages backwards."""

    def __init__(
        self, size: tuple[int, int, int], inputs: int, *, width: int = 32, hidden: int = 256
    ) -> None:
        """`size` is (C,H,W); `width` the last stage's channels; `hidden` the dense units."""
        super().__init__()
        channels, height, breadth = size
        self.sizes = stage_sizes(height, breadth)[::-1]
        widths = stage_widths(width, len(self.sizes) - 1)[::-1]
        self.map = (widths[0], *self.sizes[0])
        self.hidden = nn.Linear(inputs, hidden)
        self.spread = nn.Linear(hidden, self.map[0] * self.map[1] * self.map[2])
        self.stages = nn.ModuleList(
            _raising(before, after, _strides(large, small))
            for before, after, small, large in zip(
                widths, [*widths[1:], width], self.sizes[:-1], self.sizes[1:], strict=True
            )
        )
        self.output = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        features = nn.functional.silu(self.spread(nn.functional.silu(self.hidden(z))))
        features = features.unflatten(1, self.map)
        for stage, (height, breadth) in zip(self.stages, self.sizes[1:], strict=True):
            features = stage(features)[:, :, :height, :breadth]  # an odd side loses its last row
        logits: Tensor = self.output(features)
        return logits


def _shrunk(side: int) -> int:
    return (side + 1) // 2 if side > SMALLEST else side


def _strides(large: tuple[int, int], small: tuple[int, int]) -> tuple[int, int]:
    return (1 if large[0] == small[0] else 2, 1 if large[1] == small[1] else 2)


def _normed(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(channels), nn.SiLU()]


def _raising(before: int, after: int, strides: tuple[int, int]) -> nn.Sequential:
    # Kernel 4 at stride 2 covers every pixel equally, which avoids a chequerboard.
    kernel = (strides[0] + 2, strides[1] + 2)
    up = nn.ConvTranspose2d(before, after, kernel, strides, padding=1, bias=False)
    keep = nn.Conv2d(after, after, 3, padding=1, bias=False)
    return nn.Sequential(*_normed(up, after), *_normed(keep, after))
