"""What the Label page says above the cards: where they come from, and what comes next."""

from labeller import service
from labeller.records import JobView, Labelling, ProjectView, RoundView
from labeller.service import Store
from labeller.ui.frame.text import escape


def notes(store: Store, project: ProjectView, job: JobView | None) -> list[str]:
    """Sentences, as Markdown, on the open round while `job` runs for the project."""
    rounds, progress = service.rounds(store, project), service.labelling(store, project)
    training = job if job is not None and job.kind == "train" else None
    said = [
        training_note(_title(store, rounds[-1]), training),
        "" if training else counting_note(_title(store, rounds[-1]), progress, rounds),
        noise_note(progress),
    ]
    return [note for note in said if note]


def training_note(source: str, job: JobView | None) -> str:
    """That a training will replace the questions, which come from `source`; empty without one."""
    if job is None:
        return ""
    return (
        f":material/bolt: These questions are from **{escape(source)}** and can be answered "
        "already. When the training is done, its questions take their place, and your answers "
        "count on."
    )


def counting_note(source: str, progress: Labelling, rounds: list[RoundView]) -> str:
    """That the answers of the round that this one took the place of count on; empty once the
    first card is answered, and where the round before was finished."""
    before = rounds[-2:-1]
    if not before or before[0].state == "finished" or not before[0].answers or progress.answers:
        return ""
    answers = f"{before[0].answers} answer{'s' if before[0].answers > 1 else ''}"
    labelled = f"{progress.images_before:,} of {progress.images:,} images"
    return (
        f":material/auto_awesome: New questions, from **{escape(source)}**. Your {answers} of "
        f"round {before[0].number} count on: {labelled} have a label by them."
    )


def noise_note(progress: Labelling) -> str:
    """How many images no card stands for, and what becomes of them; empty where there are none."""
    if not progress.noise:
        return ""
    images = f"{progress.noise:,} image{'s' if progress.noise > 1 else ''}"
    return (
        f":material/scatter_plot: Left out by the clustering: {images} between the clusters, "
        "without a card here and without a label from this round."
    )


def _title(store: Store, round_: RoundView) -> str:
    """What people call the method of a round."""
    method = (service.methods(store) or {}).get(round_.config.method, {})
    return str(method.get("title", round_.config.method))
