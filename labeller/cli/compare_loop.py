"""What `compare --loop` adds: each run's method through the whole labelling loop, simulated."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeller.cli.follow import Watch
from labeller.errors import JobCancelledError

if TYPE_CHECKING:
    from labeller.comparison.plan import CompareConfig

Record = dict[str, Any]
SAME_TRAINING = {"device", "seed"}  # given to a simulation by their own names

log = logging.getLogger(__name__)


def rounds_of(budgets: Sequence[int]) -> list[int]:
    """Answers of each round, after which 10, 20, 50 answers were given: 10, 10, 30.

    A budget less than 2 above the one before is left out: a round has at least two answers.
    """
    rounds: list[int] = []
    for budget in sorted(budgets):
        if budget - sum(rounds) >= 2:
            rounds.append(budget - sum(rounds))
    return rounds


def through_loop(
    records: Sequence[Record],
    config: CompareConfig,
    about: dict[str, Any],
    *,
    data_dir: Path | None,
    device: str,
    keep: Callable[[Record], None],
) -> None:
    """Adds `loop_10`, `loop_20`, ... to the scores of each finished run that learnt unlabelled.

    They are accuracies on the test images after so many answers in all, one round per budget:
    preset `recommended` with the run's method, training and seed, trained anew on all training
    images, and the expert `card`. What breaks is kept as `loop_error`.
    """
    from labeller.methods import registry

    asked = rounds_of(config.answers)
    for record in records:
        skipped = record["state"] != "done" or registry.get(record["method"]).needs_labels
        if skipped or not asked or record.get("loop_rounds") == asked:
            continue
        record.pop("loop_error", None)
        try:
            scores_of_loop = _simulated(record, config, about, data_dir, device, asked)
        except JobCancelledError:
            raise
        except Exception as error:  # the others are still simulated
            log.exception("the loop of %s failed", record["key"])
            record["loop_error"] = f"{type(error).__name__}: {' '.join(str(error).split())}"
        else:
            scores = {k: v for k, v in record["scores"].items() if not k.startswith("loop_")}
            record["scores"], record["loop_rounds"] = {**scores, **scores_of_loop}, asked
        keep(record)


def _simulated(
    record: Record,
    config: CompareConfig,
    about: dict[str, Any],
    data_dir: Path | None,
    device: str,
    asked: list[int],
) -> dict[str, float]:
    """The scores by name, of the rounds that have one."""
    from labeller.experiments.simulation.simulate import Simulation, simulate

    train = config.train.model_dump(exclude=SAME_TRAINING)
    seen_by = config.encode.model_dump() if record["method"] in config.features else {}
    with Watch() as watch:
        what = Simulation(
            about["source"],
            size=about["size"],
            data_dir=data_dir,
            overrides={
                "method": record["method"],
                "method_config": record["config"],
                **{f"train.{name}": value for name, value in train.items()},
                **{f"encode.{name}": value for name, value in seen_by.items()},
            },
            answers=asked,
            seed=record["seed"],
            device=device,
        )
        result = simulate(what, report=watch.report)
    totals = [sum(asked[: place + 1]) for place in range(len(asked))]
    return {
        f"loop_{total}": each["test_accuracy"]
        for total, each in zip(totals, result["rounds"], strict=True)
        if each.get("test_accuracy") is not None
    }
