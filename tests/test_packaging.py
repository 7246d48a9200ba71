"""What travels in the wheel: everything that `labeller demo` needs away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from labeller.cli.launch import find_app

ROOT = Path(__file__).resolve().parents[1]
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network and without an isolated environment."""
    pytest.importorskip("hatchling.build", reason="needs the build backend of the dev group")
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The paths in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def expected(folder: str, *endings: str) -> set[str]:
    """Tracked and new files of a folder of the checkout, as paths in the wheel."""
    found = (path for path in (ROOT / folder).rglob("*") if path.suffix in endings)
    return {str(path.relative_to(ROOT)) for path in found if "_app" not in path.parts}


def test_packages_travel_with_their_assets(names: set[str]) -> None:
    assert expected("labeller", ".py", ".js", ".css", ".html", ".svg", ".png") <= names
    assert expected("models", ".py", ".safetensors", ".json") <= names


def test_the_types_travel(names: set[str]) -> None:
    assert "labeller/py.typed" in names, "without it, type checkers do not look into the package"


def test_the_app_travels(names: set[str]) -> None:
    assert {"labeller/_app/app.py", "labeller/_app/.streamlit/config.toml"} <= names
    assert {f"labeller/_app/{page}" for page in expected("pages", ".py")} <= names


def test_nothing_else_travels(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"labeller", "models"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".db")]


def test_the_wheel_finds_its_own_app(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, as pip would, `find_app` names the app inside the package."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = "from labeller.cli.launch import find_app; print(find_app())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == tmp_path / "site" / "labeller" / "_app" / "app.py"


def test_a_checkout_finds_its_own_app() -> None:
    assert find_app() == ROOT / "app.py"


def test_the_wheel_has_the_command_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry = next(name for name in names if name.endswith("entry_points.txt"))
        assert "labeller = labeller.cli:main" in archive.read(entry).decode()
    assert any(name.endswith("LICENSE") for name in names)
