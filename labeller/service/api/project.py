"""A project as scripts and notebooks hold it: every verb waits until its work is done."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from labeller import encoders, service
from labeller.config import PropagateConfig
from labeller.errors import StateError
from labeller.events import Report, silent
from labeller.jobs.kinds import PROJECT_JOBS
from labeller.records import Answer, ImportReport, Preview, ProjectView, Verification
from labeller.rounds.settings import ASKING, laid_over, of_steps, refuse_others, taught
from labeller.rounds.settings import questions as number_of_questions
from labeller.service.api import answering
from labeller.service.api.asking import questions
from labeller.service.api.methods import check_method, with_method
from labeller.service.api.outcomes import Outcomes, Settings
from labeller.service.api.question import Question
from labeller.service.api.waiting import follow, wait_for_splits
from labeller.service.lookup import reading
from labeller.service.projects import images_of
from labeller.store.statements import settings_of


class Project(Outcomes):
    """A set of images and what is known of them; `labeller.create` and `labeller.open` give it.

    The work is done by the worker process that serves the app too, and both may use a project at
    once. `progress` is called with a `labeller.Progress` now and then. Ctrl-C cancels what runs,
    keeps what was done, and `resume` goes on. `settings` are those of `labeller train --set`:
    {"latent": 32} of the method, {"embed.dimensions": 5} of a step; files as `Path`.

    Errors are ValueError for an argument out of range and LabellerError for all else, one line
    each; a refused call changes nothing.
    """

    def train(
        self,
        method: str | None = None,
        *,
        epochs: int | None = None,
        clusters: int | None = None,
        encoder: str | None = None,
        settings: Settings | None = None,
        progress: Report | None = None,
    ) -> None:
        """Trains a network from scratch, clusters what it learnt, and opens a round of questions.

        `method` is NAME:PRESET@KEY=VALUE, such as "pl-ae:p-ae", and starts from its own defaults
        (None: as before); `clusters` the number of questions, 0 to have it chosen; `encoder` what
        sees the pictures: none, lite0, timm:MODEL or file:FEATURES.
        """
        changes = {"train.epochs": epochs, "cluster.clusters": clusters}
        changes |= {**encoders.changes(encoder), **of_steps(settings)}
        now = self.status.config
        config = laid_over(with_method(self._store, now, method), changes)
        if method or config.method_config != now.method_config:
            check_method(self._store, config)
        follow(self._store, service.train(self._store, self._id, config), progress)

    def cluster(
        self,
        clusters: int | None = None,
        *,
        settings: Settings | None = None,
        progress: Report | None = None,
    ) -> None:
        """Opens a new round from the present network, with another space or number of clusters.

        The answers of the open round keep their labels.
        """
        changes = {**number_of_questions(clusters), **of_steps(settings)}
        refuse_others(changes, ASKING, "a new round")
        config = laid_over(self.status.config, changes)
        follow(self._store, service.recluster(self._store, self._id, config), progress)

    def ask(self) -> Iterator[Question]:
        """The open questions, those that would teach most first, then the answers to check.

        Answer each inside the loop, or leave it for later. The parts of a split come in its place:
        the loop waits for them. Raises StateError when there is no open round.
        """
        current = service.current_round(self._store, self._id)
        if current is None:
            raise StateError(f"{self.name} has no open round: {self.status.next_step.text}")
        return questions(self._store, self._id, current.number)

    def answer(
        self,
        question: Question | str | int,
        *,
        label: str | None = None,
        confidence: float | None = None,
        wrong: Sequence[int] = (),
        only: Sequence[int] = (),
        split: int | None = None,
        skip: bool = False,
        expert: str = "me",
    ) -> Answer:
        """Answers a question, or the cluster of that node; committed when this returns.

        Exactly one of: `label`, the name of a class (never its number) with a confidence in
        [0, 1]; `split`, not one class, cluster it again into 2 to 50 parts; `skip`. A later answer
        replaces an earlier one, and a label for a doubted answer settles the doubt.

        A mixed card gets the class that most of it is. `wrong`: numbers of images on the card that
        are not of the class; the others on it are then labelled one by one, and the rest of the
        cluster with the confidence, without one the share of the card that is right. `only`: the
        label is for these images of the card alone. Without marks a label is certain (1) unless a
        confidence is given.

        Raises ValueError for another combination and for a class that the project has not,
        NotFoundError for an unknown cluster, StateError for a question of a round that is over.
        """
        said = answering.said_of(self.status, label, confidence, split, skip)
        node = answering.node_of(self._store, self._id, question)
        if wrong or only:
            card = service.card(self._store, self._id, node)
            said = answering.marked(said, card, confidence, wrong=wrong, only=only)
        return answering.give(self._store, self._id, node, said, expert)

    def label(
        self,
        images: Sequence[int],
        label: str | None,
        *,
        confidence: float = 1.0,
        expert: str = "me",
    ) -> Answer:
        """Gives images, by their numbers, a class, or sets them aside (None): not labelled, taught
        or asked about. Up to 200 count as looked at, and stand against what their clusters have.
        """
        number = None if label is None else answering.class_number(self.status, label)
        return service.label_images(
            self._store,
            self._id,
            images,
            number,
            confidence=confidence,
            place="Python",
            expert=expert,
        )

    def undo(self, answer: Answer | int | None = None) -> Answer:
        """Takes an answer back with all that followed from it; None: the newest of the round.

        Raises StateError when there is nothing to undo, NotFoundError for an unknown number.
        """
        number = answer.number if isinstance(answer, Answer) else answer
        return service.undo(self._store, self._id, answer=number)

    def propagate(
        self, rule: str | None = None, *, settings: Settings | None = None, preview: bool = False
    ) -> Preview:
        """Gives the answers to the images they speak about; `preview`: without writing anything.

        `rule` is one such as "spreading"; `settings` are its own, such as {"alpha": 0.95}. What is
        not given is as it was the last time. Raises StateError when nothing is labelled.
        """
        wait_for_splits(self._store, self._id)
        changes = {"rule": rule, **(settings or {})}
        changes = {f"propagate.{key}": value for key, value in changes.items()}
        now = self.status.config.model_copy(update={"propagate": self._propagation()})
        verb = service.preview if preview else service.propagate
        return verb(self._store, self._id, laid_over(now, changes).propagate)

    def retrain(
        self,
        *,
        epochs: int | None = None,
        settings: Settings | None = None,
        next_round: bool = True,
        progress: Report | None = None,
    ) -> dict[str, float]:
        """Propagates the answers, learns from them, and opens the next round, unless told not to.

        Returns what was measured of the round: `coverage`, and where true classes are known
        `propagated_accuracy`, `train_accuracy`, `test_accuracy`, all in [0, 1]. `epochs` are those
        of the student, if the settings have one. Raises StateError when nothing is labelled.
        """
        now = self.status.config.model_copy(update={"propagate": self._propagation()})
        changes = taught(now, epochs) | of_steps(settings)
        config = laid_over(now, changes)
        wait_for_splits(self._store, self._id, progress)
        service.propagate(self._store, self._id, config.propagate)
        job = service.retrain(self._store, self._id, config=config, next_round=next_round)
        follow(self._store, job, progress)
        finished = [v for v in service.rounds(self._store, self._id) if v.state == "finished"]
        return dict(finished[-1].metrics)

    def resume(self, progress: Report | None = None) -> None:
        """Goes on with the job that was stopped last, or waits for the one that runs.

        Raises StateError when there is none.
        """
        job = service.last_job(self._store, self._id, *PROJECT_JOBS)
        if job is None or not (job.active or job.resumable):
            raise StateError(f"{self.name} has no stopped job to go on with")
        follow(self._store, job if job.active else service.resume(self._store, job.id), progress)

    def add(self, source: str | Path, *, progress: Report | None = None) -> ImportReport:
        """Adds the images of a source that are not there yet; says what was taken and left out.

        They get the next numbers; answers, rounds and held-out images stay as they are, and the
        next round asks about them too. Raises StateError while a job of the project runs.
        """
        follow(self._store, service.add_images(self._store, self._id, str(source)), progress)
        return self.status.added[-1]

    def verify(self, *, repair: bool = False, progress: Report | None = None) -> Verification:
        """Reads every file, whole: its digest, and whether it fits the database.

        `damaged` of the result names those that are not as they were written. With `repair` they
        are computed again as far as others say what was in them.
        """
        found = service.verify(self._store, self._id, progress or silent)
        if not (repair and found.damaged):
            return found
        follow(self._store, service.repair(self._store, self._id), progress)
        return service.verify(self._store, self._id)

    def add_class(self, name: str) -> None:
        """Adds a class to answer with; raises StateError when there is one of that name."""
        service.add_class(self._store, self._id, name)

    @property
    def classes(self) -> list[str]:
        """The names of the classes to answer with, by their numbers."""
        return [one.name for one in self.status.classes]

    @property
    def images(self) -> np.ndarray:
        """All images, uint8 (N, H, W, C), read from the disk where they are indexed."""
        images: np.ndarray = images_of(self._store, self._id).images
        return images

    @property
    def name(self) -> str:
        """The project's name."""
        return self.status.name

    @property
    def round(self) -> int | None:
        """The number of the open round, None without one."""
        return self.status.round

    @property
    def status(self) -> ProjectView:
        """Sizes, settings, how far it is, and what comes next (`next_step.text`)."""
        return service.project(self._store, self._id)

    def delete(self) -> None:
        """Deletes the project with images, answers and networks: there is no way back.

        Raises StateError while a job of it runs.
        """
        service.delete_project(self._store, self._id)
        self.close()

    def close(self) -> None:
        """Lets go of the workspace's database; `with labeller.open(...) as project` does so."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        now = self.status
        return f"<Project {now.name!r}: {now.count:,} images. {now.next_step.text}>"

    def _propagation(self) -> PropagateConfig:
        """The settings that the open round was propagated with last, else its own."""
        with reading(self._store, self._id) as rows:
            round_ = rows.open_round
        return settings_of(round_, None) if round_ is not None else self.status.config.propagate
