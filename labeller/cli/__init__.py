"""The command line: `labeller COMMAND`, thin commands over labeller.service.

Exit codes: 0 done; 1 an error, with one line on stderr; 2 wrong usage: an option, a setting, a
method or a class that does not exist, or a value that is refused (every ValueError but of the
content of a file); 130 stopped with Ctrl-C, 143 terminated.
"""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

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
    robustness,
    roles,
    rounds,
    saving,
    start,
    verifying,
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
        saving.recover,
        verifying.verify,
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
    robustness.faults,
    robustness.soak,
    robustness.attacks,
    benchmarks.starts,
    benchmarks.encode,
):
    benchmarks.benchmark.command(cls=ListingCommand)(benchmark)
app.add_typer(benchmarks.benchmark, name="benchmark", rich_help_panel="Measure")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line (default: of the process); always ends with SystemExit."""
    yield_while_waiting()
    previous = signal.signal(signal.SIGTERM, _end)
    try:
        app(args=None if arguments is None else list(arguments), prog_name="labeller")
    except Exception as error:
        if show_traceback():
            raise
        print(f"labeller: {_words(error)}", file=sys.stderr)
        sys.exit(2 if _is_usage(error) else 1)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Ends the process by an exception, so that its temporary folders go."""
    sys.exit(128 + signal.SIGTERM)


def _is_usage(error: Exception) -> bool:
    """Whether arguments are wrong, rather than the state of the world or the content of a file."""
    contents = (json.JSONDecodeError, UnicodeError)
    return isinstance(error, ValueError) and not isinstance(error, contents)


def _words(error: Exception) -> str:
    """What a person is told: what was written for them, or that the mistake is ours."""
    if isinstance(error, (LabellerError, ValueError, OSError)):
        return one_line(error)
    kind = type(error).__name__
    return f"unexpected {kind}: {one_line(error)}; `labeller --traceback ...` shows where"
