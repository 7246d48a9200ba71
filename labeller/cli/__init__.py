"""The command line: `labeller COMMAND`, thin commands over labeller.service.

Exit codes: 0 done, 1 an error with one line on stderr, 2 wrong usage, 130 stopped with Ctrl-C.
"""

import sys
from collections.abc import Callable, Sequence

from labeller.cli import (
    answering,
    asking,
    audit,
    benchmarks,
    classes,
    compare,
    efficiency,
    measure,
    methods,
    people,
    projects,
    propagate,
    reproduce,
    results,
    roles,
    rounds,
    saving,
    start,
)
from labeller.cli.frame import ListingCommand, app, show_traceback
from labeller.errors import LabellerError, one_line
from labeller.runtime.threads import yield_while_waiting

# The order is the order of the help.
COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {
    "Start": (
        start.demo,
        start.ui,
        start.worker,
        start.doctor,
        roles.activity,
        methods.methods,
        methods.choices,
    ),
    "Projects": (
        projects.projects,
        projects.create,
        projects.add,
        saving.save,
        saving.load,
        projects.delete,
        projects.jobs,
    ),
    "The loop": (
        rounds.train,
        rounds.cluster,
        results.clusters,
        asking.ask,
        answering.answer,
        answering.label,
        answering.undo,
        people.people,
        propagate.propagate,
        rounds.retrain,
    ),
    "Results": (
        results.evaluate,
        results.why,
        results.export,
        results.report,
        results.predict,
    ),
    "Measure": (
        measure.simulate,
        compare.compare,
        reproduce.reproduce,
        reproduce.trial,
        measure.train_stem,
    ),
}

for panel, commands in COMMANDS.items():
    for command in commands:
        app.command(rich_help_panel=panel, cls=ListingCommand)(command)
app.add_typer(classes.commands, name="classes", rich_help_panel="Projects")
app.add_typer(roles.commands, name="roles", rich_help_panel="Start")
app.add_typer(audit.commands, name="audit", rich_help_panel="Results")
for benchmark in (
    benchmarks.epoch,
    benchmarks.perceptual,
    efficiency.label_efficiency,
    efficiency.spaces,
    benchmarks.interface,
    benchmarks.faults,
    benchmarks.attacks,
    benchmarks.starts,
    benchmarks.encode,
):
    benchmarks.benchmark.command(cls=ListingCommand)(benchmark)
app.add_typer(benchmarks.benchmark, name="benchmark", rich_help_panel="Measure")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line (default: of the process); always ends with SystemExit."""
    yield_while_waiting()
    try:
        app(args=None if arguments is None else list(arguments), prog_name="labeller")
    except (LabellerError, ValueError, OSError) as error:
        if show_traceback():
            raise
        print(f"labeller: {one_line(error)}", file=sys.stderr)
        sys.exit(1)
