"""All that is fuzzed, with the workspace that some of it needs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labeller import service
from tests.fuzzing import importing
from tests.fuzzing.cases import Target
from tests.fuzzing.loading import loading_targets
from tests.fuzzing.messages import message_targets
from tests.fuzzing.workspace import workspace_of


@contextmanager
def targets_of(trained: Path) -> Iterator[list[Target]]:
    """The targets; `trained` is a workspace with the project `digits`, which stays as it is."""
    with tempfile.TemporaryDirectory() as folder, workspace_of(trained) as workspace:
        saved = service.save_project(workspace.store(), "digits", Path(folder) / "d.labeller")
        yield [
            *importing.TARGETS,
            *loading_targets(saved, workspace),
            *message_targets(workspace),
        ]
