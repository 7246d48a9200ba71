"""What a person loses with a damaged file of a workspace, and what they can do: by its name."""

from fnmatch import fnmatch
from pathlib import Path

REPAIR = "`labeller verify PROJECT --repair` computes it again"
CACHE = "it is made again when it is needed: delete it, or run `labeller verify PROJECT --repair`"
COPY = "put it back from a copy of the workspace"

# From the end of the path; the first that fits. What follows, and what to do.
_MEANINGS = {
    "data/targets.npy": (
        "what was known of the images' true classes cannot be read, so nothing can be scored; "
        f"{COPY}, or delete it to go on without"
    ),
    "data/*": (
        f"the images cannot be shown or learnt from; {COPY}, or import them again into a new "
        "project"
    ),
    "nodes/*.npz": (
        "its question cannot be asked or counted, its answer is kept; "
        f"{COPY}, or ask new questions with `labeller cluster`"
    ),
    "rounds/*/statement.npz": f"what the answers of its round say is unknown; {REPAIR}",
    "rounds/*/propagation.npz": f"the labels as of its round are unknown; {REPAIR}",
    "rounds/*/crowd.npz": (
        f"its round cannot split questions any more; {COPY}, or ask new ones with "
        "`labeller cluster`"
    ),
    "rounds/*/counts.json": f"how its number of clusters was chosen cannot be shown; {COPY}",
    "models/*/predictions.npy": f"what the classifier says of the images is unknown; {REPAIR}",
    "models/*/certainty.npy": f"how sure the classifier is of the images is unknown; {REPAIR}",
    "models/*/latents.npy": f"what the images are compared by is unknown; {REPAIR}",
    "models/*/space-*.npy": f"questions cannot be made from it; {CACHE}",
    "models/*/map-*.npy": f"the map cannot be shown; {CACHE}",
    "models/*/neighbours*.npz": f"labels cannot be spread along it; {REPAIR}",
    "models/*/method.json": f"what the network is cannot be told; {REPAIR}",
    "student/belief.npy": f"what the classifier believed in training is unknown; {REPAIR}",
    "student/*": (
        "the classifier cannot be used, all answers are kept; "
        "`labeller verify PROJECT --repair` teaches it again"
    ),
    "checkpoints/*": "the training cannot go on from it; delete it and train from the start",
    "portable/*": f"the classifier cannot be written for other programs; {CACHE}",
    "models/*": (
        f"the network cannot be used, all answers are kept; {COPY}, or train again with "
        "`labeller train`"
    ),
    "features/*": f"the images' features are unknown; {CACHE}",
    "guidelines.json": (
        f"what the classes mean cannot be read; {COPY}, or delete it and write them again"
    ),
    "comparisons/*": f"its comparison cannot be shown; {COPY}, or delete the comparison",
    "predictions/*": "its table cannot be read; run `labeller predict` again",
    "catalogue.json": "the methods are not known; delete it, a worker writes it again",
}
_OTHER = f"{COPY}, or make it again"


def meaning(path: Path) -> str:
    """What follows from damage of the file, and what to do, in half a sentence."""
    place = path.as_posix()
    return next((text for end, text in _MEANINGS.items() if fnmatch(place, f"*/{end}")), _OTHER)
