"""A paper as its `paper.toml` declares it, and the parts of a report in the paper's own words."""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labeller.experiments.reproduce.experiment import (
    Bench,
    Cell,
    Drawing,
    Experiment,
    Finding,
    Record,
    Scale,
    Summary,
)
from labeller.experiments.reproduce.summary import judged, lines, values

FACTS = ("name", "title", "paper", "seeds", "loss_network", "left_out", "at_paper", "tried_on")


class Paper:
    """What a `paper.toml` declares: facts, scales, the paper's numbers, names, sentences."""

    def __init__(self, module_file: str) -> None:
        """That beside a module."""
        path = Path(module_file).with_name("paper.toml")
        self._declared = tomllib.loads(path.read_text(encoding="utf-8"))

    def __getitem__(self, name: str) -> Any:
        return self._declared[name]

    def experiment(
        self,
        cells: Callable[..., list[Cell]],
        measure: Callable[[dict[str, Any], Bench], dict[str, Any]],
        summarise: Callable[[list[Record]], Summary],
    ) -> Experiment:
        """The experiment of these functions, with the facts that are declared."""
        facts = {name: self[name] for name in FACTS if name in self._declared}
        return Experiment(cells=cells, measure=measure, summarise=summarise, **facts)

    def settings(self, scale: Scale) -> dict[str, Any]:
        """What the cells of a scale share; where it does not say how many images, it is all."""
        return {"train": None, "test": None, **self["scales"][scale]}

    def note(self, name: str, /, **values: Any) -> str:
        """The sentence `name` with these values in it; `train` and `test` None are all images."""
        unsaid = {part: "all" for part in ("train", "test") if values.get(part, 0) is None}
        return str(self["notes"][name]).format(**{**values, **unsaid})

    def notes(self, *names: str, **values: Any) -> list[str]:
        """The sentences of these names."""
        return [self.note(name, **values) for name in names]

    def on_weights(self, records: Sequence[Record]) -> list[str]:
        """The sentences on the weights of the loss network."""
        weights = sorted(set(values(records, "loss_weights")))
        labelled = any(name.startswith("stem-labelled") for name in weights)
        of_cifar = any(record.settings["source"].startswith("cifar10") for record in records)
        used = f"Weights of the loss network: {', '.join(weights)}. The paper's are ImageNet's."
        return [used, *(self.notes("labelled_stem") if labelled and of_cifar else [])]

    def compared(
        self,
        claims: Iterable[tuple[str, str, str]],
        sides: Mapping[str, Sequence[float]],
        **writing: Any,
    ) -> list[Finding]:
        """A finding per (claim, the better side, the worse side), where both sides were measured.

        `writing`: scale and unit, as in `judged`.
        """
        names = self["names"]
        return [
            judged(claim, (names[good], sides[good]), (names[bad], sides[bad]), **writing)
            for claim, good, bad in claims
            if sides.get(good) and sides.get(bad)
        ]

    def curves(
        self, name: str, caption: str, rows: Mapping[str, Sequence[float]], x: str, y: str
    ) -> Drawing:
        """A line per row through its values at 1, 2, ...; `x`, `y`: the axes."""
        traces = {
            self["names"][row]: {"x": list(range(1, len(heights) + 1)), "y": heights}
            for row, heights in rows.items()
        }
        return lines(name, caption, traces, x, y)
