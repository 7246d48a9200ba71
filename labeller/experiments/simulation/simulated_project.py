"""One simulated project: what `simulate` does with it, job by job, in this process."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from labeller import service
from labeller.config import RoundConfig, suited, with_encoder
from labeller.data.images import ImageStore
from labeller.encoders import encoder_of
from labeller.errors import LabellerError, StateError
from labeller.evaluation.targets import read_targets
from labeller.events import Progress, Report
from labeller.experiments.simulation.answers_per_round import affordable, finer
from labeller.experiments.simulation.experts import Expert, make_expert
from labeller.jobs.task import Warm
from labeller.jobs.worker import run_waiting
from labeller.methods import registry
from labeller.records import Card, JobView, ProjectView
from labeller.rounds.answer import Answer
from labeller.rounds.settings import changed
from labeller.store import Store
from labeller.store.features import FeatureFile
from labeller.store.files import ProjectFolder

NAME = "simulation"
ASKING = ("embed", "cluster", "card")  # the settings that decide the questions of a network
# Steps of a retraining that belong to the round whose answers they use; the others make the next.
TEACHING = ("retrain", "head", "student", "predict")


class Run:
    """One simulated project: the jobs run in this process, one after the other."""

    def __init__(self, store: Store, config: RoundConfig, device: str, report: Report):
        self.store, self.config, self.report = store, config, report
        self.warm = Warm(device)
        self.number = 0  # of the round
        self.total = self.checked = self.marked = self.clicks = 0
        self.seconds: dict[str, float] = {}
        self.measured: Mapping[str, float] = {"coverage": 0.0, "test_accuracy": 0.0}
        self.changes: dict[str, object] = {}
        self.splits = self.marks = True
        self.shared: ProjectFolder | None = None  # where simulations share features

    def start(
        self,
        source: str,
        size: int | None,
        data_dir: str | Path | None,
        changes: Mapping[str, object],
    ) -> None:
        """Imports the images, suits the settings to their number, and trains without labels."""
        if any(view.name == NAME for view in service.projects(self.store)):
            return self._go_on(changes)
        service.create_project(
            self.store,
            NAME,
            source,
            size=size,
            preset=self.config.preset,
            # None: chosen from the images, as that of a person's project is.
            encoder=self.config.encode if "encode.encoder" in changes else None,
            data_dir=data_dir,
        )
        self._work("importing", service.last_job(self.store, NAME, "ingest"))
        self._suit(service.project(self.store, NAME), changes)
        self._share(out=False)
        self.seconds = self._work("training", service.train(self.store, NAME, self.config))
        self._share(out=True)
        return None

    def _share(self, *, out: bool) -> None:
        """Brings the encoder's features in from the folder that is shared, or takes them there."""
        if self.shared is None:
            return
        own = self.store.project_folder(service.project(self.store, NAME).id)
        pair = (own, self.shared) if out else (self.shared, own)
        copy_features(*pair, encoder_of(self.config.encode).digest)

    def _go_on(self, changes: Mapping[str, object]) -> None:
        """Takes images and network as they are; clusters anew where the settings differ."""
        view = service.project(self.store, NAME)
        self._suit(view, changes)
        there, wanted = view.config, self.config
        network = ("train", "method", "encode")
        others = any(getattr(there, part) != getattr(wanted, part) for part in network)
        if view.answers or others:
            raise StateError(
                "the workspace holds a simulation with answers, or a network trained with other"
                " settings; give a folder that `prepare` made with these, or an empty one"
            )
        others = any(getattr(there, part) != getattr(wanted, part) for part in ASKING)
        if others or there.ask.rest != wanted.ask.rest:  # of `ask`, what holds in a first round
            queued = service.recluster(self.store, NAME, self.config)
            self.seconds = self._work("clustering", queued)

    def _suit(self, view: ProjectView, changes: Mapping[str, object]) -> None:
        """The settings as number, size and encoder of the images want them, then the changes."""
        pixels = view.height * view.width * view.channels
        seen = with_encoder(self.config, view.config.encode)
        suits = changed(suited(seen, view.train, pixels), changes)
        self.config = finer(suits, view.train, changes)
        self.changes = dict(changes)

    def expert(
        self, name: str, seed: int, error_rate: float = 0.0, overconfidence: float = 0.0
    ) -> Expert:
        """The expert, who alone sees the true classes."""
        view = service.project(self.store, NAME)
        folder = self.store.project_folder(view.id).data
        images, targets = ImageStore(folder), read_targets(folder)
        if targets is None:
            raise ValueError("a simulation needs true classes: give a source with class folders")
        self.report(Progress("expert", message=f"preparing the expert {name}"))
        return make_expert(
            name,
            images=images.images,
            targets=targets,
            classes=len(view.classes),
            train_index=images.train,
            seed=seed,
            device=self.warm.device,
            report=self.report,
            error_rate=error_rate,
            overconfidence=overconfidence,
            marks=self.marks,
        )

    def round(self, who: Expert, budget: int, following: int | None) -> dict[str, Any]:
        """Asks up to `budget` questions, propagates, retrains; the record of the round.

        `following` is the budget of the round after it, None: there is none.
        """
        number = self.number = service.labelling(self.store, NAME).round
        answered = self._ask(who, budget)
        self.total += answered
        if not service.labelling(self.store, NAME).labelled:
            return self._nothing_said(number, answered, following)
        service.propagate(self.store, NAME, self.config.propagate)
        config = changed(self.config, self._clusters(following))
        queued = service.retrain(self.store, NAME, config=config, next_round=following is not None)
        after = self._work("retraining", queued)
        view = next(v for v in service.rounds(self.store, NAME) if v.number == number)
        self.measured = view.metrics
        spent = {**self.seconds, **{key: after[key] for key in TEACHING if key in after}}
        self.seconds = {key: value for key, value in after.items() if key not in TEACHING}
        record = {
            "round": number,
            "answers": answered,
            **self._totals(),
            **view.metrics,
            "seconds": {key: round(value, 2) for key, value in spent.items()},
        }
        self.report(Progress("round", number, message=f"round {number}", metrics=view.metrics))
        return record

    def _nothing_said(self, number: int, answered: int, following: int | None) -> dict[str, Any]:
        """A round whose cards all showed several classes: the next asks about finer clusters.

        What was measured of the round before stands: its classifier is still there. Without one the
        accuracy counts as 0.
        """
        self.seconds = {}
        if following is not None:
            names = ("cluster.clusters", "ask.clusters")
            finer_ones = changed(self.config, dict.fromkeys(names, 4 * following))
            queued = service.recluster(self.store, NAME, finer_ones)
            self.seconds = self._work("clustering", queued)
        totals = self._totals()
        return {"round": number, "answers": answered, **totals, **self.measured, "seconds": {}}

    def _totals(self) -> dict[str, int]:
        return {
            "answers_total": self.total,
            "checked_total": self.checked,
            "marked_total": self.marked,
            "clicks_total": self.clicks,
        }

    def _clusters(self, budget: int | None) -> dict[str, object]:
        """Four clusters of uncertain images for each answer: the best quarter is asked about.

        As many of all images, where all are asked about and the network stays as it is: else the
        same clusters would come again.
        """
        moves = self.config.retrain.epochs and registry.get(self.config.method).trainable
        if budget is None or moves or "ask.clusters" in self.changes:
            return {}
        uncertain = self.config.ask.choice == "uncertain"
        return {"ask.clusters" if uncertain else "cluster.clusters": 4 * budget}

    def _ask(self, who: Expert, budget: int) -> int:
        """Answers open cards as the page orders them, until the budget is spent."""
        answered = splits = 0
        while answered < budget:
            if self._check_again(who):
                answered += 1
                continue
            open_cards = [c for c in service.cards(self.store, NAME) if c.state == "open"]
            if not open_cards:
                break
            card = open_cards[0]
            # A split costs an answer and pays only when its children can still be asked about.
            # Splits never take more than half of the budget, or nothing might get a label.
            may_split = budget - answered > 2 and card.size >= 20 and 2 * splits < budget - 2
            may_split = may_split and self.splits
            answer = who.answer(self._again(card), may_split=may_split)
            answer = affordable(answer, budget - answered)
            self._give(card, answer)
            answered += 1
            splits += answer.kind == "split"
        return answered

    def _check_again(self, who: Expert) -> bool:
        """Shows the card whose answer is doubted most once more; False where none is."""
        for issue in service.label_issues(self.store, NAME):
            card = service.card(self.store, NAME, issue.node)
            answer = who.answer(self._again(card), may_split=False)
            if answer.kind == "label":
                self._give(card, answer, check=True)
                self.checked += 1
                return True
        return False

    def _again(self, card: Card) -> Card:
        """The card with how often it was answered so far, in an earlier round perhaps: each look is
        another one.
        """
        answers = service.answers(self.store, NAME, self.number)
        look = bool(card.again) + sum(answer.node == card.node for answer in answers)
        return replace(card, look=look)

    def _give(self, card: Card, answer: Answer, *, check: bool = False) -> None:
        service.answer(self.store, NAME, card.node, answer, expert="simulated", check=check)
        self.marked += answer.marks > 0
        self.clicks += answer.marks
        queued = service.last_job(self.store, NAME, "split")
        if queued is not None and queued.active:  # the parts of it, or its rest
            self._work("splitting", queued)

    def _work(self, doing: str, queued: JobView | None) -> dict[str, float]:
        """Runs what is queued, here and now; the seconds that each step took."""
        self.report(Progress(doing, message=doing))
        run_waiting(self.store, warm=self.warm, report=self.report)
        if queued is None:
            raise StateError("no job was queued")
        done = service.job(self.store, queued.id)
        if done.state != "done":
            raise LabellerError(done.error or f"{done.kind} was {done.state}")
        seconds = done.result.get("seconds", {})
        return dict(seconds) if isinstance(seconds, dict) else {}


def copy_features(source: ProjectFolder, target: ProjectFolder, digest: str) -> None:
    """Copies the complete features by the encoder with that digest, where `target` has none.

    Both folders must be of the same images in the same order. Nothing where `source` has none.
    """
    there, wanted = FeatureFile(source, digest), FeatureFile(target, digest)
    if not there.path.exists() or wanted.path.exists():
        return
    wanted.path.parent.mkdir(parents=True, exist_ok=True)
    if there.pictures.exists():  # ready features have none
        _copy(there.pictures, wanted.pictures)
    _copy(there.path, wanted.path)  # last: it says that all is there


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    shutil.copyfile(source, part)
    part.replace(target)
