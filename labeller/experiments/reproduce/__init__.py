"""Papers, reproduced: `labeller reproduce NAME` runs an experiment and reports what holds here.

Adding an experiment = adding one folder beside these, `<paper>/__init__.py` with `EXPERIMENT`:

    PAPER = Paper(__file__)              # name, title, seeds, ... of `paper.toml` beside it
    EXPERIMENT = PAPER.experiment(
        cells,                           # (scale, seeds) -> list[Cell]
        measure,                         # (settings, Bench) -> dict of numbers
        summarise,                       # list[Record] -> Summary
    )

- A `Cell` is a name and JSON-able settings, which decide its numbers alone. A finished one, in
  `DIR/cells/<scale>/<name>.json`, is not run again until its settings change.
- `measure` gets the settings and a `Bench`; what only a figure needs goes under the key `drawing`.
- `summarise` is a pure function of the records, written with `summary` and the words of `PAPER`.
- Scales: `smoke` runs in seconds on digits, in tests; `small` fits two cores in under an hour;
  `paper` is the paper's own setting, for a GPU.
"""

from labeller.experiments.reproduce.experiment import (
    SCALES,
    Bench,
    Cell,
    Drawing,
    Experiment,
    Finding,
    Record,
    Scale,
    Summary,
    Table,
    get,
    names,
)
from labeller.experiments.reproduce.runner import reproduce, trial

__all__ = [
    "SCALES",
    "Bench",
    "Cell",
    "Drawing",
    "Experiment",
    "Finding",
    "Record",
    "Scale",
    "Summary",
    "Table",
    "get",
    "names",
    "reproduce",
    "trial",
]
