"""Features of each convolution, read with forward hooks: no method has to expose them itself."""

from typing import Any, Protocol

from torch import Tensor, nn

# What belongs to the convolution before it: the probes of the papers sit behind the activation.
_FOLLOWING = (
    nn.BatchNorm2d,
    nn.GroupNorm,
    nn.InstanceNorm2d,
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.SiLU,
    nn.GELU,
)


class Encoder(Protocol):
    """What the features are read from."""

    def encode(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) to latents (B,D)."""
        ...

    def modules(self) -> Any:
        """All modules."""
        ...


def convolution_features(method: Encoder, images: Tensor) -> dict[str, Tensor]:
    """{conv1: (B,C1,H1,W1), ...} in the order in which `method.encode` runs its convolutions.

    Each is the output behind the norm and activation modules that follow at once. An activation
    that is called as a function is not seen, and the features are then those before it.
    """
    found: list[Tensor] = []
    open_layer = [False]

    def hook(module: nn.Module, _: object, output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            found.append(output)
            open_layer[0] = True
        elif not isinstance(module, _FOLLOWING):
            open_layer[0] = False
        elif open_layer[0] and output.shape == found[-1].shape:
            found[-1] = output

    leaves = [part for part in method.modules() if not any(True for _ in part.children())]
    handles = [leaf.register_forward_hook(hook) for leaf in leaves]
    try:
        method.encode(images)
    finally:
        for handle in handles:
            handle.remove()
    return {f"conv{place}": values for place, values in enumerate(found, start=1)}
