"""The Python API: the snippet of the README as it stands, and each verb on a trained project."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

import labeller
from labeller import service
from labeller.config import PRESETS, StudentConfig
from labeller.jobs.catalogue import write_catalogue
from labeller.jobs.worker import run_waiting
from labeller.store.schema import Round
from tests.conftest import QUICK, label_all
from tests.support import stop_workers, write_digit_folder

ROOT = Path(__file__).resolve().parents[2]
README, DOCS = ROOT / "README.md", ROOT / "docs" / "python-api.md"


def snippet(page: Path) -> str:
    """The Python code of a page that begins with `import labeller`."""
    blocks = page.read_text(encoding="utf-8").split("```python\n")[1:]
    codes = [block.partition("```")[0] for block in blocks]
    (code,) = [code for code in codes if code.startswith("import labeller\n")]
    return code


@pytest.mark.slow
def test_the_snippet_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With settings that are quicker than the preset's, and in a folder with some images."""
    quick = QUICK.model_copy(update={"student": StudentConfig(use=True, epochs=1)})
    monkeypatch.setitem(PRESETS, "recommended", quick)
    monkeypatch.chdir(tmp_path)
    write_digit_folder(tmp_path / "all")
    shutil.copytree(tmp_path / "all" / "test" / "2", tmp_path / "folder")
    space: dict[str, object] = {}
    try:
        exec(compile(snippet(README), README.name, "exec"), space)
    finally:
        stop_workers(tmp_path / "ws")
    project = space["project"]
    assert isinstance(project, labeller.Project)
    assert project.round == 2
    assert set(project.labels()["name"]) == {"7", ""}
    assert (tmp_path / "labels.csv").read_text().count("\n") == 1 + len(project.images)
    project.close()


def test_readme_and_docs_show_the_same_snippet() -> None:
    without_blank_lines = snippet(DOCS).replace("\n\n", "\n")
    assert without_blank_lines == snippet(README)


def test_every_public_name_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert len(labeller.__all__) == 12
    for name in [*labeller.__all__, "__version__"]:
        assert f"labeller.{name}" in text
        assert hasattr(labeller, name)
        assert name in dir(labeller)
    members = [name for name in dir(labeller.Project) if not name.startswith("_")]
    fields = list(labeller.Question.__dataclass_fields__)
    for name in members + fields:
        assert f"`{name}" in text, name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(labeller, "nonsense")  # noqa: B009


@pytest.mark.slow
def test_retrain_propagates_learns_and_opens_the_next_round(project: labeller.Project) -> None:
    seen: list[labeller.Progress] = []
    with pytest.raises(labeller.StateError, match="no cluster has a label yet"):
        project.retrain()
    old = next(questions := project.ask())
    label_all(project._store)
    project.propagate("decay", settings={"decay": "uniform"})
    preview = project.propagate("spreading", preview=True)
    assert (preview.labels >= 0).sum() > 0
    settings = {"propagate.scaled": False}
    metrics = project.retrain(epochs=2, settings=settings, progress=seen.append)
    assert {"coverage", "test_accuracy"} <= set(metrics)
    assert {"train"} <= {event.stage for event in seen}
    assert project.round == 2
    propagated = project.status.config.propagate
    assert (propagated.decay, propagated.scaled) == ("uniform", False)
    with project._store.read() as session:
        assert session.scalar(select(Round.propagated))["scaled"] is False
    assert project.evaluate()["test_accuracy"] == metrics["test_accuracy"]
    assert len(project.results()) == 1
    assert list(questions) == [], "the round that it asked about is over"
    with pytest.raises(labeller.StateError, match=r"round 1, which asked about .* is over"):
        project.answer(old, label="7")
    with pytest.raises(labeller.StateError, match="no stopped job"):
        project.resume()
    file = project.export(project._store.folder / "labels.parquet")
    assert file.read_bytes()[:4] == b"PAR1"
    events: list[labeller.Progress] = []
    settings = {"predicted": True}
    photos = file.parent / "photos"
    project.export(photos, "imagefolder", settings=settings, progress=events.append)
    assert len(list(photos.rglob("*.png"))) == events[-1].done == len(project.images)
    assert "are what the project keeps of them, as PNG" in events[-1].notice
    assert (project.export_classifier(file.parent / "net") / "classifier.onnx").exists()


@pytest.mark.slow
def test_other_clusters_of_the_same_network(project: labeller.Project) -> None:
    project.cluster(4, settings={"cluster.algorithm": "kmeans"})
    assert len(list(project.ask())) == 4
    assert project.round == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "nonsense"}, "method must be one of .*vae.*got nonsense"),
        ({"method": "ae:nonsense"}, "preset of ae must be one of .*got nonsense"),
        ({"settings": {"nonsense": 1}}, "a setting of vae must be one of .*got nonsense"),
        ({"settings": {"latent": 0}}, "latent of vae must be a whole number .*got 0"),
        ({"settings": {"latent": "many"}}, "latent of vae must be a whole number .*got many"),
        ({"settings": {"embed.space": "mars"}}, "space must be one of .*umap.*got mars"),
        ({"epochs": 0}, "train.epochs: .* got 0"),
        ({"clusters": 1}, "cluster.clusters: must be 2 or more"),
    ],
)
def test_a_wrong_setting_is_one_line_and_changes_nothing(
    project: labeller.Project, given: dict, message: str
) -> None:
    write_catalogue(project._store)
    before, jobs = project.status.config, service.jobs(project._store)
    with pytest.raises(ValueError, match=message) as caught:
        project.train(**given)
    assert "\n" not in str(caught.value)
    assert project.status.config == before
    assert service.jobs(project._store) == jobs


def test_a_project_that_is_not_there(trained_workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(labeller.NotFoundError, match="no project 'dogs'; the projects are: digits"):
        labeller.open("dogs", workspace=trained_workspace)
    with pytest.raises(labeller.NotFoundError, match="no workspace"):
        labeller.open("dogs", workspace=tmp_path / "nowhere")
    assert labeller.projects(tmp_path / "nowhere") == []
    assert not (tmp_path / "nowhere").exists()
    assert labeller.projects(trained_workspace) == ["digits"]
    assert {"digits", "mnist"} <= set(labeller.sources())


def test_what_cannot_be_created_leaves_nothing(
    project: labeller.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = project._store.folder
    with pytest.raises(labeller.StateError, match=r"already; go on with it by labeller\.open"):
        labeller.create("digits", "digits", workspace=workspace)
    with pytest.raises(labeller.NotFoundError, match="no folder or file"):
        labeller.create("pets", tmp_path / "nowhere", workspace=workspace)
    (tmp_path / "empty").mkdir()
    jobs = importlib.import_module("labeller.service.jobs")  # the name in service is a verb
    monkeypatch.setattr(jobs, "ensure_worker", run_waiting)
    with pytest.raises(labeller.LabellerError, match="is empty"):
        labeller.create("pets", tmp_path / "empty", workspace=workspace)
    assert labeller.projects(workspace) == ["digits"]


def test_ctrl_c_cancels_and_resume_goes_on(
    project: labeller.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(service, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt) as caught:
            project.train(epochs=500)
    assert "train was stopped, what was done is kept; go on with resume()" in caught.value.__notes__
    job = service.last_job(project._store, "digits", "train")
    assert job is not None
    assert job.state == "cancelled"
    followed = []
    monkeypatch.setattr(service, "ensure_worker", lambda _: None)
    monkeypatch.setattr(service.api.project, "follow", lambda *given: followed.append(given[1]))
    project.resume()
    assert [one.id for one in followed] == [job.id]
    assert service.job(project._store, job.id).active


def test_deleting_and_the_words_of_a_project(project: labeller.Project) -> None:
    assert repr(project).startswith("<Project 'digits': 1,797 images. The 10 questions of round 1")
    project.delete()
    with pytest.raises(labeller.NotFoundError):
        labeller.open("digits", workspace=project._store.folder)


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A script in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def test_importing_loads_next_to_nothing() -> None:
    heavy = ("torch", "numpy", "pandas", "sqlalchemy", "pydantic", "streamlit")
    done = run(f"import labeller, sys; print([n for n in {heavy} if n in sys.modules])")
    assert done.stdout.strip() == "[]", done.stderr


def test_asking_and_answering_load_no_torch(project: labeller.Project) -> None:
    script = (
        "import labeller, sys\n"
        f"project = labeller.open('digits', workspace={str(project._store.folder)!r})\n"
        "for question in project.ask():\n"
        "    project.answer(question, label='7')\n"
        "    question._repr_html_()\n"
        "project.propagate(); project.labels()\n"
        "print('torch' in sys.modules)"
    )
    done = run(script)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.slow
def test_type_checkers_see_the_types(tmp_path: Path) -> None:
    """And refuse what does not exist."""
    file = tmp_path / "script.py"
    lines = [
        *snippet(README).splitlines(),
        "reveal_type(project)",
        "reveal_type(question.members)",
        "reveal_type(labeller.__version__)",
        "labeller.nonsense()",
        "project.answer(question, label=7)",
    ]
    file.write_text("\n".join(lines))
    # With the settings and so the cache of a check of the whole, which has often just been made.
    command = [sys.executable, "-m", "mypy", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    told = done.stdout.splitlines()
    notes = [line.partition("note: ")[2] for line in told if "note: Revealed" in line]
    kinds = [note.partition('"')[2].partition("[")[0].rstrip('"') for note in notes]
    assert [kind.removeprefix("builtins.") for kind in kinds] == [
        "labeller.service.api.project.Project",
        "numpy.ndarray",
        "str",
    ], done.stdout
    # Not by the whole path: what the cache kept of the same script names the one of before.
    errors = [line for line in told if "script.py:" in line and ": error: " in line]
    assert len(errors) == 2, done.stdout
    assert 'no attribute "nonsense"' in errors[0]
    assert 'argument "label"' in errors[1].casefold()


@pytest.mark.slow
def test_images_are_added_and_the_report_is_returned(
    project: labeller.Project, tmp_path: Path
) -> None:
    before = project.labels()
    report = project.add(write_digit_folder(tmp_path / "more"))
    assert (report.found, report.taken) == (537, len(project.images) - 1797)
    assert project.labels()["label"][:1797].tolist() == before["label"].tolist()
    assert project.status.added == (report,)
