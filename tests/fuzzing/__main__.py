"""`python -m tests.fuzzing --cases 20000 --json FILE`: so many cases over all targets, and what
became of them.
"""

import argparse
import json
import logging
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labeller import service
from labeller.jobs.worker import run_waiting
from tests.conftest import QUICK
from tests.fuzzing.cases import fuzz
from tests.fuzzing.targets import targets_of


def main() -> int:
    """Tries the cases; 1 where something but an error of ours came out of one."""
    options = _options()
    logging.disable(logging.WARNING)  # Streamlit misses a browser
    found, failed = dict[str, Any](), list[str]()
    with tempfile.TemporaryDirectory() as folder, targets_of(_trained(Path(folder))) as targets:
        chosen = [one for one in targets if not options.only or one.name in options.only]
        each = -(-options.cases // len(chosen))
        for target in chosen:
            try:
                found[target.name] = asdict(fuzz(target, each, options.seed))
                print(f"{target.name}: {found[target.name]}", flush=True)
            except Exception:
                failed.append(target.name)
                print(f"{target.name}: {traceback.format_exc(limit=-6)}", flush=True)
            _keep(options, found, failed)
    cases = sum(one["cases"] for one in found.values())
    print(f"{cases:,} cases, seed {options.seed}; failed: {', '.join(failed) or 'none'}")
    return bool(failed)


def _keep(options: argparse.Namespace, found: dict[str, Any], failed: list[str]) -> None:
    """Writes what is known so far."""
    if options.json:
        cases = sum(one["cases"] for one in found.values())
        head = {"cases": cases, "seed": options.seed, "failed": failed, "targets": found}
        options.json.write_text(json.dumps(head, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="Of all targets together.")
    parser.add_argument("--seed", type=int, default=0, help="What draws them.")
    parser.add_argument("--json", type=Path, help="Write what became of them here.")
    parser.add_argument("--only", action="append", help="The name of a target; may be repeated.")
    return parser.parse_args()


def _trained(folder: Path) -> Path:
    """A workspace with a trained project."""
    store = service.open_store(folder / "trained")
    service.create_project(store, "digits", "digits")
    service.train(store, "digits", QUICK)
    run_waiting(store)
    store.close()
    return folder / "trained"


if __name__ == "__main__":
    sys.exit(main())
