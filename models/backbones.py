"""Classification networks by name, which also give the feature map of each of their layers.

AlexNet (Krizhevsky et al. 2012, in the widths of torchvision) with batch norm in place of local
response normalisation, as "Unsupervised Image Classification for Deep Representation Learning"
uses it; ResNet-18 and -50 of torchvision; and a small network for small images.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

SMALL_SIDE = 64  # up to here a ResNet starts with a 3x3 convolution at full size
ALEXNET_SIDE = 63  # smallest side on which AlexNet's last map still has a pixel


class Backbone(nn.Module):
    """Stages in a row, then a pooled vector; `outputs` is its length."""

    outputs: int

    def __init__(self, stages: dict[str, nn.Module], pool: nn.Module, outputs: int) -> None:
        """`stages` by name, first layer first; `pool` turns the last map into (B,outputs,...)."""
        super().__init__()
        self.stages = nn.ModuleDict(stages)
        self.pool = pool
        self.outputs = outputs

    def prepare(self, images: Tensor) -> Tensor:
        return images

    def layers(self, images: Tensor) -> dict[str, Tensor]:
        """Feature maps (B,c,h,w) after each stage, by its name."""
        features, maps = self.prepare(images), {}
        for name, stage in self.stages.items():
            features = maps[name] = stage(features)
        return maps

    def forward(self, images: Tensor) -> Tensor:
        features = self.prepare(images)
        for stage in self.stages.values():
            features = stage(features)
        pooled: Tensor = self.pool(features).flatten(1)
        return pooled


class SmallBackbone(Backbone):
    """Four 3x3 convolutions of w, 2w, 4w, 4w channels, the second and third with stride 2."""

    def __init__(self, channels: int, width: int = 32) -> None:
        stages: dict[str, nn.Module] = {
            "conv1": _normed(nn.Conv2d(channels, width, 3, 1, 1, bias=False)),
            "conv2": _normed(nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False)),
            "conv3": _normed(nn.Conv2d(2 * width, 4 * width, 3, 2, 1, bias=False)),
            "conv4": _normed(nn.Conv2d(4 * width, 4 * width, 3, 1, 1, bias=False)),
        }
        super().__init__(stages, nn.AdaptiveMaxPool2d(2), 4 * width * 4)


class AlexNet(Backbone):
    """The five convolutions of AlexNet: w, 3w, 6w, 4w, 4w channels; w = 64 is torchvision's.

    Images whose smaller side is below `side` pixels are enlarged to it (bilinear).
    """

    def __init__(self, channels: int, width: int = 64, side: int = 64) -> None:
        """`side` must be at least 63, or the last map would have no pixel; raises ValueError."""
        if side < ALEXNET_SIDE:
            raise ValueError(f"side of AlexNet must be at least {ALEXNET_SIDE}, got {side}")
        w = width
        stages: dict[str, nn.Module] = {
            "conv1": _normed(nn.Conv2d(channels, w, 11, 4, 2, bias=False)),
            "conv2": _normed(nn.Conv2d(w, 3 * w, 5, 1, 2, bias=False), pooled=True),
            "conv3": _normed(nn.Conv2d(3 * w, 6 * w, 3, 1, 1, bias=False), pooled=True),
            "conv4": _normed(nn.Conv2d(6 * w, 4 * w, 3, 1, 1, bias=False)),
            "conv5": _normed(nn.Conv2d(4 * w, 4 * w, 3, 1, 1, bias=False)),
        }
        super().__init__(stages, nn.AdaptiveMaxPool2d(1 if side < 128 else 6), 0)
        self.side = side
        self.outputs = 4 * w * (1 if side < 128 else 36)

    def prepare(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) enlarged where their smaller side is below `side`."""
        height, breadth = images.shape[2:]
        scale = self.side / min(height, breadth)
        if scale <= 1:
            return images
        size = (round(height * scale), round(breadth * scale))
        return F.interpolate(images, size, mode="bilinear", align_corners=False)

    def stem(self) -> nn.Sequential:
        """conv1 and conv2 with batch norm folded in: torchvision's `alexnet().features[:5]`.

        The same function as the two stages in evaluation mode; weights and biases are copies.
        """
        first, second = self.stages["conv1"], self.stages["conv2"]
        assert isinstance(first, nn.Sequential)
        assert isinstance(second, nn.Sequential)
        return nn.Sequential(
            _fused(first[0], first[1]),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            _fused(second[1], second[2]),
            nn.ReLU(),
        )


class ResNet(Backbone):
    """torchvision's ResNet without its classifier; `side` is the smaller side of the images."""

    def __init__(self, depth: int, channels: int, side: int) -> None:
        import torchvision  # two seconds that most methods can do without

        network = {18: torchvision.models.resnet18, 50: torchvision.models.resnet50}[depth]()
        if side <= SMALL_SIDE:
            first: nn.Module = nn.Conv2d(channels, 64, 3, 1, 1, bias=False)
            stem = nn.Sequential(first, network.bn1, network.relu)
        else:
            first = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
            stem = nn.Sequential(first, network.bn1, network.relu, network.maxpool)
        stages: dict[str, nn.Module] = {"conv1": stem}
        stages |= {f"conv{i + 1}": getattr(network, f"layer{i}") for i in range(1, 5)}
        super().__init__(stages, nn.AdaptiveAvgPool2d(1), network.fc.in_features)


class Sobel(nn.Module):
    """Grey value of images (B,C,H,W) and its two Sobel derivatives (B,2,H,W), per channel mean."""

    kernels: Tensor

    def __init__(self) -> None:
        super().__init__()
        down = torch.tensor([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]])
        self.register_buffer("kernels", torch.stack([down.T, down])[:, None], persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Derivatives along the row and along the column; the border repeats its pixels."""
        grey = F.pad(images.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
        return F.conv2d(grey, self.kernels.to(grey.dtype))


def _normed(convolution: nn.Conv2d, *, pooled: bool = False) -> nn.Sequential:
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    norm = nn.BatchNorm2d(convolution.out_channels)
    before: list[nn.Module] = [nn.MaxPool2d(3, 2)] if pooled else []
    return nn.Sequential(*before, convolution, norm, nn.ReLU())


def _fused(convolution: nn.Module, norm: nn.Module) -> nn.Module:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    modes = convolution.training, norm.training
    fused = fuse_conv_bn_eval(convolution.eval(), norm.eval())
    convolution.train(modes[0])
    norm.train(modes[1])
    return fused
