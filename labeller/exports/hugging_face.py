"""Hugging Face: a folder that `datasets.load_dataset("imagefolder", data_dir=...)` reads."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from labeller.exports.labelled import Entry, Labelled, LabelledImage
from labeller.exports.registry import FolderFormat, register


@register
class HuggingFace(FolderFormat):
    """A folder per split with its images and their `metadata.jsonl`: file_name, label, weight."""

    name = "huggingface"
    title = "Hugging Face"
    suffix = ".huggingface.zip"

    def entries(self, labelled: Labelled) -> Iterator[Entry]:
        """The metadata of each split that has images, and the images."""
        splits = sorted({image.split for image in labelled.images})
        rows = {
            split: [_row(image, labelled) for image in labelled.images if image.split == split]
            for split in splits
        }
        lines = {split: _lines(rows[split]) for split in splits}
        whole = all(map(_reads_as_text, lines.values()))
        for split in splits:
            if whole:
                yield Entry(f"{split}/metadata.jsonl", lines[split])
            else:
                yield Entry(f"{split}/metadata.parquet", _parquet(rows[split]))
        for image in labelled.images:
            yield Entry(f"{image.split}/{image.file}", image)


def _row(image: LabelledImage, labelled: Labelled) -> dict[str, Any]:
    return {
        "file_name": image.file,
        "label": None if image.label is None else labelled.classes[image.label],
        "weight": image.weight,
        "number": image.number,
        "source": image.source,
    }


def _lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _reads_as_text(lines: bytes) -> bool:
    """Whether the columns of text are read as such: 2026-01-01 becomes a date, none at all null."""
    import pyarrow as pa
    import pyarrow.json as pj

    schema = pj.read_json(io.BytesIO(lines)).schema
    return all(schema.field(name).type == pa.string() for name in ("file_name", "label", "source"))


def _parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    """The same with its types, which newer releases of the library read as well."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, number = pa.string(), pa.float64()
    types = {"file_name": text, "label": text, "weight": number, "number": pa.int64()}
    schema = pa.schema({**types, "source": text})
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema), stream)
    return stream.getvalue()
