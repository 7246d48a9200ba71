"""Papers, reproduced: `labeller reproduce NAME` runs an experiment and reports what holds here.

Adding an experiment = adding one folder beside these, `<paper>/__init__.py` with `EXPERIMENT`:

    EXPERIMENT = Experiment(
        name="pl-ae",                    # as it is typed
        cells=cells,                     # (scale, seeds) -> list[Cell]
        measure=measure,                 # (settings, Bench) -> dict of numbers
        summarise=summarise,             # list[Record] -> Summary
        **facts(PAPER),                  # title, paper, seeds, ... of `paper.toml` beside it
    )

- A `Cell` is a name and JSON-able settings, which decide its numbers alone (with the seed in
  them). Its record is written to `DIR/cells/<scale>/<name>.json`: a finished cell is not run
  again, until its settings change. Cells are run in the order of the list, or several at a time
  in processes (`parallel.py`): then an experiment must be one that can be pickled.
- `measure` gets the settings and a `Bench`: device, data folder, progress, and `bench.keep(name,
  settings, make)`, a folder that several cells share and that is made once (a trained network, a
  sample of the images). `data.pictures(bench, source, ...)` loads images that way. Numbers are
  JSON-able; what only a figure needs goes under the key `drawing`, which the report leaves out.
- `summarise` is a pure function of the records: tables (paper's number beside ours, "-" where the
  paper has none), findings, plotly figures, notes on what differs; all made with `summary`.
- Scales: `smoke` runs in seconds on digits, in tests; `small` fits two cores in under an hour;
  `paper` is the paper's own setting, for a GPU.

`DIR` ends with report.md, report.json, figures as .html (and .png), and the cells.
`DIR/.labeller-work` holds what was kept; it goes when the report is written.

`trial` runs one cell with other settings, scored on training images that are held out.
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
from labeller.experiments.reproduce.runner import reproduce
from labeller.experiments.reproduce.trial import trial

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
