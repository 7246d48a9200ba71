"""What tests of commands and processes share."""

import os
import signal
from pathlib import Path

# How many seconds a test waits for what must come: long, for a machine that others keep busy.
PATIENCE = 300


def stop_workers(workspace: Path) -> list[int]:
    """Kill the workers started for this workspace, and no others; returns their numbers."""
    found = workers(workspace)
    for number in found:
        os.kill(number, signal.SIGKILL)
    return found


def workers(workspace: Path) -> list[int]:
    """Process numbers of the workers of this workspace (Linux only; elsewhere none)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "labeller.jobs.worker" in words and str(workspace) in words:
            found.append(int(process.name))
    return found


def write_digit_folder(folder: Path) -> Path:
    """A folder as a person has it: train/ and test/ with class folders of PNG files, 0 to 2."""
    from PIL import Image
    from sklearn.datasets import load_digits

    images, labels = load_digits(n_class=3, return_X_y=True)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = folder / ("test" if number % 5 == 0 else "train") / str(label)
        place.mkdir(parents=True, exist_ok=True)
        pixels = (image.reshape(8, 8) * 15.9).astype("uint8")
        Image.fromarray(pixels).save(place / f"{number:03}.png")
    return folder
