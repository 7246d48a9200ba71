"""Seeds of independent streams of random numbers, by name."""

import hashlib


def stream_seed(seed: int, name: str) -> int:
    """A 32-bit seed for the stream called `name`: the same on every machine and version.

    Streams of one seed are independent, so a step that draws more does not shift the next one.
    """
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:4], "little")
