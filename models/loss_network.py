"""Loss networks: the first layers of a classifier, as a measure of how alike two images look.

"Pseudo Labelling" pads its images with zeros to the 224x224 pixels of AlexNet. Far from the
image the features of every padded image are the same, so they add nothing to a difference of two
images: `LossNetwork` computes the positions that can differ, and no others. A map is kept as its
deviation from the value c that the padding has there. The deviation is zero around the part that
is computed, so that zero padding is right in every layer:

    convolution  c' = b + sum_ij W_ij c     d' = W * d
    ReLU         c' = max(c, 0)             d' = max(c + d, 0) - c'
    max pooling  c' = c                     d' = max pooling of d
"""

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Layers of torchvision's `features`, by network: those that are plain rows of layers.
LAYERS = {"alexnet": 13, "vgg11": 21, "vgg13": 25, "vgg16": 31, "vgg19": 37}


def first_layers(name: str, count: int) -> nn.Sequential:
    """The first `count` layers of torchvision's network, all weights 0; raises ValueError."""
    import torchvision

    if name not in LAYERS:
        raise ValueError(f"the loss network must be one of {', '.join(LAYERS)}, got {name}")
    if not 1 <= count <= LAYERS[name]:
        raise ValueError(f"layers of {name} must be between 1 and {LAYERS[name]}, got {count}")
    with torch.device("meta"):  # its dense layers would cost half a second and 200 MB
        layers: nn.Sequential = torchvision.models.get_model(name).features[:count]
    layers.to_empty(device="cpu")
    for parameter in layers.parameters():
        nn.init.zeros_(parameter)
    return layers


@dataclass(frozen=True)
class _Span:
    """Positions [start, stop) of one axis of a map can differ; those of [clean, size - clean)
    outside of them have the value of the padding. `clean` is -inf where the padding never ends.
    """

    start: int
    stop: int
    size: int
    clean: float


class LossNetwork(nn.Module):
    """Features of images by frozen layers: convolutions, ReLUs and max poolings in a row."""

    def __init__(
        self, layers: nn.Sequential, *, canvas: int | None = None, sigmoid: bool = False
    ) -> None:
        """`canvas`: side (pixels) of the black square in whose middle the image is put, None for
        none; `sigmoid`: squash the features to [0,1]. Raises ValueError for other layers.
        """
        super().__init__()
        for layer in layers:
            _check(layer)
        self.layers, self.canvas, self.sigmoid = layers.requires_grad_(False), canvas, sigmoid

    def forward(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) in [0,1] to features (B,F,h,w) where they can differ."""
        if self.canvas is None:
            return self._squashed(self.layers(images))
        paddings = self._paddings(*images.shape[-2:])
        if paddings is None:
            return self.everywhere(images)
        deviation, constant = images, images.new_zeros(images.shape[1])
        for layer, padding in zip(self.layers, paddings, strict=True):
            deviation, constant = _apply(layer, padding, deviation, constant)
        return self._squashed(deviation + constant[:, None, None].to(deviation.dtype))

    def everywhere(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) to the features of the whole canvas (B,F,h,w), padding included."""
        if self.canvas is not None:
            (top, bottom), (left, right) = (self._margins(side) for side in images.shape[-2:])
            images = F.pad(images, (left, right, top, bottom))
        return self._squashed(self.layers(images))

    def features(self, channels: int, height: int, width: int) -> tuple[int, int, int]:
        """(F,h,w) of what `forward` gives for images of this size."""
        weight = next(self.parameters())
        images = torch.zeros(1, channels, height, width, device=weight.device)
        with torch.no_grad():
            features = LossNetwork.forward(self, images)
        maps, rows, columns = features.shape[1:]
        return maps, rows, columns

    def _squashed(self, features: Tensor) -> Tensor:
        return features.sigmoid() if self.sigmoid else features

    def _margins(self, side: int) -> tuple[int, int]:
        assert self.canvas is not None
        if side > self.canvas:
            raise ValueError(f"images must be at most {self.canvas} pixels a side, got {side}")
        before = (self.canvas - side) // 2
        return before, self.canvas - side - before

    def _paddings(self, height: int, width: int) -> list[tuple[int, int, int, int]] | None:
        """For each layer how much padding its part of a map needs: left, right, top, bottom."""
        rows, columns = self._along(height), self._along(width)
        if rows is None or columns is None:
            return None
        return [(*across, *down) for across, down in zip(columns, rows, strict=True)]

    def _along(self, side: int) -> list[tuple[int, int]] | None:
        """The paddings along one axis; None where the canvas is too small to leave any out."""
        assert self.canvas is not None
        before, _ = self._margins(side)
        span = _Span(before, before + side, self.canvas, -inf)
        paddings = []
        for layer in self.layers:
            if isinstance(layer, nn.ReLU):
                paddings.append((0, 0))
                continue
            padding, span = _through(layer, span)
            if padding is None:
                return None
            paddings.append(padding)
        return paddings


def _through(layer: nn.Module, span: _Span) -> tuple[tuple[int, int] | None, _Span]:
    """The padding of the part that a layer reads, and the part of its result that can differ.

    Position i of the result reads positions i*stride - pad ... i*stride - pad + kernel - 1.
    """
    assert isinstance(layer, nn.Conv2d | nn.MaxPool2d)
    kernel, stride = _number(layer.kernel_size), _number(layer.stride)
    pad = _number(layer.padding)
    size = (span.size + 2 * pad - kernel) // stride + 1
    first = max(0, -((kernel - 1 - pad - span.start) // stride))
    last = min(size - 1, (span.stop - 1 + pad) // stride)
    low, high = first * stride - pad, last * stride - pad + kernel
    if low < span.clean or high > span.size - span.clean:
        return None, span
    clean = 0 if span.clean < 0 else -(-(span.clean + pad) // stride)
    return (span.start - low, high - span.stop), _Span(first, last + 1, size, clean)


def _apply(
    layer: nn.Module, padding: tuple[int, int, int, int], deviation: Tensor, constant: Tensor
) -> tuple[Tensor, Tensor]:
    if isinstance(layer, nn.ReLU):
        kept = constant.relu()
        shifted = deviation + constant[:, None, None].to(deviation.dtype)
        return shifted.relu() - kept[:, None, None].to(deviation.dtype), kept
    deviation = F.pad(deviation, padding) if any(padding) else deviation
    if isinstance(layer, nn.MaxPool2d):
        return F.max_pool2d(deviation, layer.kernel_size, layer.stride), constant
    assert isinstance(layer, nn.Conv2d)
    changed = (layer.weight.sum((2, 3)) * constant).sum(1)
    if layer.bias is not None:
        changed = changed + layer.bias
    return F.conv2d(deviation, layer.weight, None, layer.stride), changed


def _check(layer: nn.Module) -> None:
    plain = isinstance(layer, nn.ReLU)
    if isinstance(layer, nn.Conv2d):
        plain = layer.groups == 1 and layer.padding_mode == "zeros"
    if isinstance(layer, nn.MaxPool2d):
        plain = not layer.ceil_mode and _number(layer.padding) == 0
    if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
        plain = plain and _number(layer.dilation) == 1
    if not plain:
        raise ValueError(
            "layers of a loss network must be plain convolutions, ReLUs and max poolings, "
            f"got {layer}"
        )


def _number(value: int | tuple[int, ...] | str) -> int:
    """The one number of a square kernel's settings."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) or len(set(value)) != 1:
        raise ValueError(f"kernels of a loss network must be square, got {value}")
    return value[0]
