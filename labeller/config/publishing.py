"""The limits of a published server, from `limits.toml` of its workspace."""

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from labeller.config.settings import Settings
from labeller.errors import StateError, one_line

NAME = "limits.toml"


class Limits(Settings):
    """What people who sign in may use up. None of it holds for the command line."""

    upload_mb: int = Field(1024, ge=1, le=4096, description="Largest file that is uploaded, MB.")
    projects: int = Field(100, ge=1, description="Projects in the workspace.")
    workspace_gb: float = Field(100, gt=0, description="Size of the workspace, GB.")
    session_hours: float = Field(
        12, gt=0, le=720, description="After so many hours, everybody signs in again."
    )


def limits(workspace: Path) -> Limits:
    """The limits of a workspace; raises StateError for a file that cannot be understood."""
    path = workspace / NAME
    try:
        return Limits.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Limits()
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise StateError(f"{path} cannot be understood: {one_line(error)}") from error
