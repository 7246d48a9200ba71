"""Writing an image store, chunk after chunk, in memory that does not grow with the images."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeller.data.display import DISPLAY, DisplayWriter
from labeller.data.feed import Chunk
from labeller.data.images import DIGESTS, IMAGES, MANIFEST, META
from labeller.data.sealed import file_digest, seal, sealed_json

_SCHEMA = pa.schema(
    [
        ("index", pa.int64()),
        ("path", pa.string()),
        ("split", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("bytes", pa.int64()),
    ]
)
_GROUP_ROWS = 16_384


class StoreWriter:
    """Appends chunks to the files of a store in `folder`; `finish` completes them.

    The pixels are appended to the file rather than written through a memory map: the number of
    readable images is only known at the end, and a full disk is then an error instead of SIGBUS.
    """

    def __init__(self, folder: Path, size: int, channels: int) -> None:
        self.folder, self.size, self.channels = folder, size, channels
        self.count = 0
        self.train = 0
        self._targets: list[np.ndarray] = []
        self._rows: list[pa.RecordBatch] = []
        self._pixels = (folder / IMAGES).open("w+b")
        self._manifest = pq.ParquetWriter(folder / MANIFEST, _SCHEMA)
        self._display = DisplayWriter(folder)
        self._header_bytes = self._write_header()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pixels.close()
        self._manifest.close()
        self._display.close()

    def append(self, chunk: Chunk) -> None:
        """Add the images of `chunk` after those already written."""
        count = len(chunk.images)
        if count == 0:
            return
        if chunk.images.shape[1:] != (self.size, self.size, self.channels):
            raise ValueError(f"images must be {self.size} x {self.size} x {self.channels}")
        self._pixels.write(np.ascontiguousarray(chunk.images, dtype=np.uint8).data)
        self._display.append(chunk.display or [b""] * count)
        self._targets.append(chunk.targets)
        columns = [
            pa.array(np.arange(self.count, self.count + count, dtype=np.int64)),
            pa.array(chunk.names, pa.string()),
            pa.array(chunk.splits, pa.string()),
            pa.array(chunk.shapes[:, 0].astype(np.int32)),
            pa.array(chunk.shapes[:, 1].astype(np.int32)),
            pa.array(chunk.shapes[:, 2].astype(np.int64)),
        ]
        self._rows.append(pa.record_batch(columns, schema=_SCHEMA))
        self.count += count
        self.train += chunk.splits.count("train")
        if sum(batch.num_rows for batch in self._rows) >= _GROUP_ROWS:
            self._flush_rows()

    def finish(self, meta: dict[str, Any]) -> bool:
        """Complete the files; returns whether any true label was known (and written)."""
        self._flush_rows()
        self._display.finish()
        self._pixels.flush()
        self._pixels.seek(0)
        if self._write_header() != self._header_bytes:
            raise RuntimeError("the header of images.npy changed its length")  # numpy pads it
        seal(self._pixels)
        targets = np.concatenate(self._targets) if self._targets else np.empty(0, np.int64)
        has_targets = bool((targets >= 0).any())
        if has_targets:
            with (self.folder / "targets.npy").open("w+b") as stream:
                np.save(stream, targets.astype(np.int64))
                seal(stream)
        self._manifest.close()
        others = [self.folder / name for name in (MANIFEST, DISPLAY)]
        digests = {path.name: file_digest(path) for path in others if path.exists()}
        (self.folder / META).write_bytes(sealed_json({**meta, DIGESTS: digests}))
        return has_targets

    def _write_header(self) -> int:
        shape = (self.count, self.size, self.size, self.channels)
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._pixels, header)
        return self._pixels.tell()

    def _flush_rows(self) -> None:
        if self._rows:
            table = pa.Table.from_batches(self._rows, schema=_SCHEMA).combine_chunks()
            self._manifest.write_table(table)
            self._rows = []
