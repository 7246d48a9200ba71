"""A small convolutional classifier for pictures of any side from 8 pixels."""

from torch import Tensor, nn


class SmallCNN(nn.Module):
    """Three convolutions with batch norm, a pooled 4 x 4 grid, two dense layers.

    images (B, channels, H, W) in [0, 1] give logits (B, classes). About 2 million multiplications
    for 28 x 28 pixels, so that two CPU cores train it in seconds.
    """

    def __init__(self, channels: int, classes: int, width: int = 16) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_step(channels, width, stride=1),
            *_step(width, 2 * width, stride=2),
            *_step(2 * width, 4 * width, stride=2),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
        )
        self.head = nn.Sequential(
            nn.Linear(4 * width * 16, 128), nn.ReLU(), nn.Linear(128, classes)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits (B, classes) of images (B, channels, H, W)."""
        return self.head(self.features(images))


def _step(inputs: int, outputs: int, *, stride: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU()
