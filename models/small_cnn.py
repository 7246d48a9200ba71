"""A small convolutional classifier for pictures of any side from 8 pixels."""

from torch import Tensor, nn


class SmallCNN(nn.Module):
    """Three convolutions with batch norm, a pooled 4 x 4 grid, two dense layers.

    images (B, channels, side, side) in [0, 1] give logits (B, classes). From 16 pixels on the
    first convolution halves the side: about a million multiplications for 28 x 28 pixels, a tenth
    of those at full size, so that two CPU cores train it in seconds.
    """

    def __init__(self, channels: int, side: int, classes: int, width: int = 24) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_step(channels, width, kernel=5, stride=2 if side >= 16 else 1),
            *_step(width, 2 * width, kernel=3, stride=2),
            *_step(2 * width, 2 * width, kernel=3, stride=1),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
        )
        self.head = nn.Sequential(
            nn.Linear(2 * width * 16, 128), nn.ReLU(), nn.Linear(128, classes)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits (B, classes) of images (B, channels, side, side)."""
        return self.head(self.features(images))


def _step(inputs: int, outputs: int, *, kernel: int, stride: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU()
