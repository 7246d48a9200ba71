"""The originals of images, as the source has them, for a person to look at."""

import io

from PIL import Image, ImageOps

from labeller.data.decode import UnreadableError, open_image, reading_image
from labeller.data.originals import Originals, file_in_folder
from labeller.errors import NotFoundError
from labeller.records import OriginalImage
from labeller.service.lookup import ProjectLike
from labeller.service.projects import images_of
from labeller.store import Store

# What a browser shows as it is, up to so many bytes; else it is shown as JPEG, no larger than SIDE.
SHOWN = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
MOST_BYTES, SIDE = 8_000_000, 4096


def original(store: Store, project: ProjectLike, image: int) -> OriginalImage:
    """The original of an image by its number, in a format that browsers show.

    Where the source is gone, or has no image files, the picture that is stored of it, and a note
    that says so. Raises NotFoundError for an image that the project has not.
    """
    images = images_of(store, project)
    if not 0 <= image < images.count:
        raise NotFoundError(f"image must be between 0 and {images.count - 1}, got {image}")
    name, file = images.names[image], file_in_folder(images, image)
    with Originals(images) as originals:
        if file is not None or originals.of_files:
            try:
                return _shown(name, file.read_bytes() if file else originals.read(image))
            except (OSError, UnreadableError) as error:
                note = f"the original is not there any more ({error}); this is what is stored of it"
        else:
            note = "as it is stored: the source has no image files"
    content, picture = io.BytesIO(), Image.fromarray(images.display(image))
    picture.save(content, "PNG")
    return OriginalImage(name, content.getvalue(), "image/png", *picture.size, note)


def _shown(name: str, content: bytes) -> OriginalImage:
    with reading_image(), open_image(io.BytesIO(content)) as opened:
        kind = SHOWN.get(opened.format or "")
        picture = ImageOps.exif_transpose(opened)
        width, height = picture.size
        if kind and len(content) <= MOST_BYTES:
            return OriginalImage(name, content, kind, width, height)
        made = picture.convert("RGB")
        made.thumbnail((SIDE, SIDE))
    stream = io.BytesIO()
    made.save(stream, "JPEG", quality=92)
    smaller = made.size != (width, height)
    note = f"shown at {made.width} x {made.height}" if smaller else ""
    return OriginalImage(name, stream.getvalue(), "image/jpeg", width, height, note)
