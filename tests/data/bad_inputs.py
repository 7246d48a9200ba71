"""Bad input of every kind that stops an import: what makes it, and the sentence it must give.

{tmp} stands for the test's folder, (*) for a detail that comes from a library.
"""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.data.bad_archives import ARCHIVES, KINDS
from tests.data.making import encoded, fabricate_mnist, picture, pngs, write

KINDS_OF_PATH = "folder, .zip, .npz, .csv or .parquet table or Label Studio .json"
NAMES = "digits, mnist, fashion-mnist, kmnist, cifar10, cifar100, svhn, stl10"


def _folder(files: dict[str, bytes | None]) -> Callable[[Path], Path]:
    return lambda tmp: write(tmp / "own", files)


def _file(name: str, content: bytes) -> Callable[[Path], Path]:
    return lambda tmp: write(tmp, {name: content}) / name


def _npz(**arrays: np.ndarray) -> Callable[[Path], Path]:
    def make(tmp: Path) -> Path:
        np.savez(tmp / "own.npz", **arrays)
        return tmp / "own.npz"

    return make


def _full_store(tmp: Path) -> Path:
    write(tmp / "store", {"images.npy": b"mine"})
    return _folder(pngs("a.png", "b.png"))(tmp)


def _cut_mnist(tmp: Path) -> str:
    raw = fabricate_mnist(tmp / "data") / "MNIST" / "raw"
    (raw / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + struct.pack(">3i", 40, 28, 28))
    return "mnist"


GREY = np.zeros((4, 9, 9), dtype=np.uint8)

STOPS = [
    # wrong path or name
    ("empty name", lambda tmp: " ", f"source must not be empty; give a path or one of {NAMES}"),
    (
        "wrong path",
        lambda tmp: tmp / "nowhere",
        f"there is no folder or file {{tmp}}/nowhere; give the path of a {KINDS_OF_PATH}, or one "
        f"of {NAMES}",
    ),
    (
        "name with a slip",
        lambda tmp: "minst",
        "there is no folder or file minst (did you mean mnist?); give the path of a "
        f"{KINDS_OF_PATH}, or one of {NAMES}",
    ),
    (
        "name of a null character",
        lambda tmp: "a\0b",
        f"there is no folder or file a?b; give the path of a {KINDS_OF_PATH}, or one of {NAMES}",
    ),
    (
        "single image",
        _file("a.png", encoded(picture())),
        "a.png is not a folder, a .zip, a .npz, a .csv or .parquet table or a Label "
        "Studio .json; put the images into a folder or a .zip and give "
        "its path",
    ),
    # folders
    ("empty folder", _folder({}), f"{{tmp}}/own is empty; put images into it ({KINDS})"),
    (
        "only empty folders",
        _folder({"cat": None, "dog/x": None}),
        f"{{tmp}}/own is empty; put images into it ({KINDS})",
    ),
    (
        "only junk",
        _folder({".DS_Store": b"1", "Thumbs.db": b"1", "__MACOSX/a.png": b"1"}),
        f"{{tmp}}/own is empty; put images into it ({KINDS})",
    ),
    (
        "no images",
        _folder({"a.txt": b"1", "b.csv": b"1"}),
        f"{{tmp}}/own holds no images: none of its 2 files is one of {KINDS}; convert them, or "
        "choose another folder or archive",
    ),
    (
        "text called .png",
        _folder({"a.png": b"hello", "b.png": b"world"}),
        "{tmp}/own must hold at least 2 readable training images, got 0; 2 files could not be "
        "read, the first is a.png (not an image): replace or add images",
    ),
    (
        "one image",
        _folder(pngs("a.png")),
        "{tmp}/own must hold at least 2 readable training images, got 1; add images",
    ),
    (
        "one class only held out",
        _folder(pngs("train/cat/1.png", "train/cow/1.png", "test/cat/1.png", "test/dog/1.png")),
        "the class dog in {tmp}/own is held out but has no training images; add some or delete "
        "its folder",
    ),
    (
        "empty training folder",
        _folder({**pngs("test/1.png", "test/2.png"), "train": None}),
        "the training folder of {tmp}/own holds no images; put the images to label there",
    ),
    *ARCHIVES,
    # arrays
    (
        "npz without images",
        _npz(pixels=GREY),
        "own.npz must hold an array called images, got pixels; save it again with np.savez(path, "
        "images=..., labels=...)",
    ),
    (
        "npz of a wrong shape",
        _npz(images=np.zeros((4, 9))),
        "images in own.npz must be numbers of shape (N, H, W) or (N, H, W, 1 or 3) in C order, got "
        "float64 (4, 9); save it again so",
    ),
    (
        "npz of two channels",
        _npz(images=np.zeros((4, 9, 9, 2), dtype=np.uint8)),
        "images in own.npz must be numbers of shape (N, H, W) or (N, H, W, 1 or 3) in C order, got "
        "uint8 (4, 9, 9, 2); save it again so",
    ),
    (
        "npz of Python objects",
        _npz(images=np.full((4, 9, 9), None)),
        "images in own.npz must be numbers of shape (N, H, W) or (N, H, W, 1 or 3) in C order, got "
        "object (4, 9, 9); save it again so",
    ),
    (
        "npz with labels as Python objects",
        _npz(images=GREY, labels=np.array(["a", None, "b", "c"], dtype=object)),
        "labels in own.npz holds Python objects, which are never loaded; save it as plain numbers "
        "or text",
    ),
    (
        "npz with too few labels",
        _npz(images=GREY, labels=np.arange(3)),
        "labels in own.npz must have one value per image (4), got shape (3,)",
    ),
    (
        "npz with a label beyond its classes",
        _npz(images=GREY, labels=np.array([0, 1, 2, 0]), classes=np.array(["a", "b"])),
        "labels in own.npz must be below 2 (the number of classes), got 2",
    ),
    (
        "npz with labels as fractions",
        _npz(images=GREY, labels=np.zeros(4)),
        "labels in own.npz must be whole numbers or names, got float64",
    ),
    (
        "npz with an unknown split",
        _npz(images=GREY, split=np.array(["train", "test", "dev", "train"])),
        'split in own.npz must be "train" or "test", got dev',
    ),
    (
        "npz with floats beyond 1",
        _npz(images=np.full((4, 9, 9), 7.5)),
        "images in own.npz must be between 0 and 1 as float64, got 7.5 to 7.5; scale them, or save "
        "them as uint8",
    ),
    (
        "npz with NaN",
        _npz(images=np.full((4, 9, 9), np.nan)),
        "images in own.npz must be between 0 and 1 as float64, got nan to nan; scale them, or save "
        "them as uint8",
    ),
    # the store and the downloaded sets
    (
        "store that exists",
        _full_store,
        "{tmp}/store exists and is not empty; choose a new folder or delete it",
    ),
    (
        "damaged MNIST",
        _cut_mnist,
        "mnist in {tmp}/data is damaged (*); delete MNIST/raw there and try again, or name another "
        "folder with --data-dir or LABELLER_DATA",
    ),
]
