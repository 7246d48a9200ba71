"""Which files are images that can be read here, and why each other one is left out."""

from pathlib import PurePosixPath

from PIL import Image, features

try:
    import pillow_heif
except ImportError:  # the extra `heic`
    pillow_heif = None
else:
    pillow_heif.register_heif_opener()
Image.init()  # here, once: several threads that find a format missing would load it at a time

_AVIF, _HEIF = (".avif",), (".heic", ".heif")
# Pillow's names of the formats that are read, each with the endings of its files.
_READ = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jfif"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
if features.check("avif"):
    _READ["AVIF"] = _AVIF
if pillow_heif is not None:
    _READ["HEIF"] = _HEIF
# Only these are tried, so that a .png with PostScript inside never starts another program.
FORMATS = tuple(_READ)
SUFFIXES = tuple(suffix for suffixes in _READ.values() for suffix in suffixes)

_CONVERT = "is an image of a kind that is not read; convert it to PNG or JPEG"
_OTHER_IMAGES = (
    ".apng .cur .dcm .dds .dib .eps .exr .fits .hdr .icns .ico .j2k .jp2 .jpx .jxl .pcx .pfm .psd "
    ".qoi .sgi .svg .svgz .tga .wmf .xcf .xpm"
)
_RAW_PHOTOS = ".arw .cr2 .cr3 .dng .nef .orf .pef .raf .raw .rw2 .srw"
_VIDEOS = ".3gp .avi .m4v .mkv .mov .mp4 .mpeg .mpg .webm .wmv"
_ARCHIVES = ".7z .bz2 .gz .rar .tar .tgz .xz .zip"
_WHY = {
    **dict.fromkeys(_AVIF, "needs a Pillow that reads AVIF; pip install -U pillow, or convert it"),
    **dict.fromkeys(_HEIF, "needs pillow-heif; pip install pillow-heif, or convert it to JPEG"),
    **dict.fromkeys(_OTHER_IMAGES.split(), _CONVERT),
    **dict.fromkeys(_RAW_PHOTOS.split(), "is a raw photo; develop it to JPEG or TIFF"),
    **dict.fromkeys(_VIDEOS.split(), "is a video; save its frames as images"),
    **dict.fromkeys(_ARCHIVES.split(), "is an archive; unpack it"),
}
NO_IMAGE = "not an image"
_SYSTEM = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}
_SYSTEM |= {".ds_store", ".git", ".gitattributes", ".gitignore", ".ipynb_checkpoints", ".trashes"}


def is_image(name: str) -> bool:
    """Whether the ending is one of an image format that is read."""
    return name.lower().endswith(SUFFIXES)


def is_junk(name: str) -> bool:
    """Whether a file or folder of that name is a system's and none of the user's."""
    return name.startswith("._") or name.lower() in _SYSTEM


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is one that its owner does not see in lists."""
    return name.startswith(".")


def why_not(name: str) -> str:
    """Why a file that is no image by its ending is left out: a kind of file, and what to do."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _WHY:
        return f"{suffix} {_WHY[suffix]}"
    return f"{NO_IMAGE} ({suffix or 'no ending'})"
