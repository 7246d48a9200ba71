"""Why a question is asked, in a sentence for the person who answers it."""


def why_asked(size: int, known: float | None) -> str:
    """Of a cluster of `size` images; `known` in [0, 1]: how settled they are on average, by earlier
    answers or by what the student is sure of; None before there are any.
    """
    images = f"{size:,} alike images" if size > 1 else "this image"
    if known is None:
        return f"One answer speaks for {images}."
    these = f"these {images}" if size > 1 else images
    return f"So far {known:.0%} is known of {these}."


def why_rest(path: str) -> str:
    """Of the rest of a cluster, whose card has that path."""
    parent = path.rpartition(".")[0]
    return (
        f"The images that you marked as wrong on card {parent}, and those like them: what are they?"
    )
