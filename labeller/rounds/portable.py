"""A trained classifier as one network from pixels to probabilities, and as files of other programs.

    p(x) = softmax(f(e(x))) S

x are squares of the side that the classifier reads, uint8; e the encoder with its preprocessing, or
the pixels in [0, 1] where there is none; f the method's logits; S adds up the outputs of classes
that were merged. Making squares of images of any size stays with Pillow: no exporter writes its
bicubic filter.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from labeller.encoders.base import LARGEST
from labeller.errors import one_line
from labeller.methods.base import Method

INPUT, OUTPUT = "images", "probabilities"
TOLERANCE = 1e-4  # largest difference of a probability from what torch computes
_CHECKED = 3  # images that each file is tried with; another number than it was traced with
_OPSET = 18


class PortableClassifier(nn.Module):
    """Images (n, S, S, C) uint8 -> probabilities (n, K) float32.

    `columns` has the place of its class for each output of the method. An encoder sees RGB: grey is
    repeated, and its features are rounded to float16, as they are where a project keeps them.
    """

    sums: Tensor

    def __init__(
        self, method: Method, columns: Sequence[int], encoder: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.method, self.encoder = method, encoder
        self.register_buffer("sums", torch.eye(max(columns) + 1)[list(columns)])
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        if self.encoder is None:
            values = images.permute(0, 3, 1, 2).float() / 255
        else:
            coloured = images.expand(-1, -1, -1, 3)
            values = self.encoder(coloured).clamp(-LARGEST, LARGEST).half().float()
        probabilities: Tensor = self.method.classify(values).float().softmax(dim=1) @ self.sums
        return probabilities


def write_portable(
    network: PortableClassifier, shape: tuple[int, int, int], files: dict[str, Path]
) -> dict[str, str]:
    """Writes the formats `onnx` and `pt2` to those files; shape (H, W, C) of an image.

    Each is read back and tried on noise. Returns why a format could not be written, by its name:
    its file is then not there.
    """
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (_CHECKED, *shape), dtype=torch.uint8, generator=random)
    with torch.inference_mode():
        wanted = network(images).numpy()  # first: what a module keeps is then no part of a trace
    left_out = {}
    for name, file in files.items():
        write, run = _FORMATS[name]
        try:
            with _quiet():
                write(network, images[:2], file)
                difference = float(np.abs(run(file, images.numpy()) - wanted).max())
            if not difference <= TOLERANCE:
                raise ValueError(
                    f"its probabilities differ by {difference:.1g} from those of torch"
                )
        except Exception as error:  # whatever an exporter meets in a network
            file.unlink(missing_ok=True)
            left_out[name] = one_line(error)[:300] or type(error).__name__
    return left_out


def _write_onnx(network: nn.Module, example: Tensor, file: Path) -> None:
    torch.onnx.export(
        network,
        (example,),
        str(file),
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_axes={INPUT: {0: "n"}, OUTPUT: {0: "n"}},
        opset_version=_OPSET,
        dynamo=False,  # the other exporter needs a package more
    )


def _run_onnx(file: Path, images: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    found: np.ndarray = session.run([OUTPUT], {INPUT: images})[0]
    return found


def _write_pt2(network: nn.Module, example: Tensor, file: Path) -> None:
    several = {0: torch.export.Dim("n", min=1)}
    program = torch.export.export(network, (example,), dynamic_shapes=(several,))
    torch.export.save(program, file)


def _run_pt2(file: Path, images: np.ndarray) -> np.ndarray:
    found: np.ndarray = torch.export.load(file).module()(torch.from_numpy(images)).numpy()
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Exporters print whole graphs of what they cannot do, and warn of what stays as it is."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


_Write = Callable[[nn.Module, Tensor, Path], None]
_Run = Callable[[Path, np.ndarray], np.ndarray]
_FORMATS: dict[str, tuple[_Write, _Run]] = {
    "onnx": (_write_onnx, _run_onnx),
    "pt2": (_write_pt2, _run_pt2),
}
