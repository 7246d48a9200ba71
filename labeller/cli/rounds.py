"""The commands that compute: train, cluster, retrain."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from labeller.cli import options
from labeller.cli.asking import say_noise
from labeller.cli.follow import follow
from labeller.cli.frame import err, opened, percent, say_next, service
from labeller.cli.settings import LOSS_WEIGHTS, check, chosen, file_or_word, step_settings

if TYPE_CHECKING:
    from labeller.config import RoundConfig
    from labeller.records import JobView, ProjectView
    from labeller.store import Store

# The command that does what a page of the app does.
NEXT = {"train": "train", "label": "ask", "review": "propagate", "results": "evaluate"}

Space = Annotated[str | None, Option("--space", help="Where to cluster: {labeller.rounds.spaces}.")]
Clusters = Annotated[
    int | None,
    Option("--clusters", "-k", help="Number of clusters, one question each; 0: chosen for you."),
]
Algorithm = Annotated[
    str | None, Option("--algorithm", help="How to group: {labeller.rounds.clusterers}.")
]
Epochs = Annotated[
    int | None, Option("--epochs", help="Passes over the images (of the student, if any).")
]
Device = Annotated[str | None, Option("--device", help="auto, cpu, cuda, cuda:N or mps.")]
Set = Annotated[
    list[str] | None,
    options.setting(
        "A setting of the method (latent=32) or of a step (embed.dimensions=5); repeatable."
    ),
]
Resume = Annotated[bool, Option("--resume", help="Go on from the last checkpoint.")]


def train(
    name: options.Name,
    method: Annotated[
        str | None,
        Option(
            help="NAME:PRESET@KEY=VALUE, e.g. pl-ae:p-ae, which starts from its own defaults; "
            "`labeller methods` lists them (default: as before)."
        ),
    ] = None,
    epochs: Epochs = None,
    settings: Set = None,
    space: Space = None,
    clusters: Clusters = None,
    algorithm: Algorithm = None,
    device: Device = None,
    seed: Annotated[int | None, Option(help="Same seed, same result.")] = None,
    preset: Annotated[str | None, Option(help="recommended, manifold or paper.")] = None,
    loss_weights: Annotated[
        str | None, Option(help="Of a loss network: a file, or torchvision.")
    ] = None,
    encoder: options.Encoder = None,
    resume: Resume = False,
    wait: options.Wait = True,
    workspace: options.Workspace = None,
) -> None:
    """Train a network from scratch, cluster what it learnt, and open a round of questions."""
    from labeller.config import with_encoder
    from labeller.encoders import parsed
    from labeller.rounds.settings import laid_over

    store, view = opened(workspace, name)
    if resume:
        finish(store, view, _resumed(store, view, "train"), wait)
        return
    run: dict[str, Any] = {"train.epochs": epochs, "train.device": device, "train.seed": seed}
    run[f"method_config.{LOSS_WEIGHTS}"] = file_or_word(loss_weights)
    changes = {**run, **_clustering(space, clusters, algorithm), **step_settings(settings)}
    base = _base(store, view, preset, method)
    if encoder is not None:
        base = with_encoder(base, parsed(encoder))
    config = laid_over(base, changes)
    if method or config.method_config != view.config.method_config or _unknown(store, config):
        check(store, config)
    _say_unused(clusters, config)
    finish(store, view, service.train(store, view, config), wait)


def cluster(
    name: options.Name,
    space: Space = None,
    clusters: Clusters = None,
    algorithm: Algorithm = None,
    settings: Set = None,
    wait: options.Wait = True,
    workspace: options.Workspace = None,
) -> None:
    """Open a new round from the present network, with another space or number of clusters."""
    from labeller.rounds.settings import ASKING, laid_over, refuse_others

    store, view = opened(workspace, name)
    changes = {**_next_questions(space, clusters, algorithm), **step_settings(settings)}
    refuse_others(changes, ASKING, "a new round")
    config = laid_over(view.config, changes)
    _say_unused(clusters, config)
    job = service.recluster(store, view, config)
    finish(store, view, job, wait)


def retrain(
    name: options.Name,
    epochs: Epochs = None,
    gamma: Annotated[
        float | None, Option(help="Weight of the classification loss (Eq. 4).")
    ] = None,
    space: Space = None,
    clusters: Clusters = None,
    algorithm: Algorithm = None,
    settings: Set = None,
    next_round: Annotated[
        bool, Option("--next-round/--last", help="Open the next round, or stop after this.")
    ] = True,
    resume: Resume = False,
    wait: options.Wait = True,
    workspace: options.Workspace = None,
) -> None:
    """Train the network again with the weighted labels, and open the next round of questions."""
    from labeller.rounds.settings import laid_over, taught

    store, view = opened(workspace, name)
    if resume:
        finish(store, view, _resumed(store, view, "retrain"), wait)
        return
    changes = {
        "retrain.gamma": gamma,
        **taught(view.config, epochs),
        **_next_questions(space, clusters, algorithm),
        **step_settings(settings),
    }
    config = laid_over(view.config, changes)
    _say_unused(clusters, config)
    finish(store, view, service.retrain(store, view, config=config, next_round=next_round), wait)


def finish(store: Store, view: ProjectView, job: JobView, wait: bool) -> None:
    """Stay with the job and say what is next, or say how to look after it."""
    if not wait:
        service.ensure_worker(store)
        err.print(f"Job {job.id} is queued; see it with: labeller jobs {shlex.quote(view.name)}")
        return
    opened = follow(store, job).result.get("round")
    if isinstance(opened, int) and (counts := service.cluster_counts(store, view, opened)):
        err.print(counts.explanation)
    if isinstance(opened, int):
        say_noise(service.labelling(store, view))
    after = service.project(store, view.id)
    if after.test_accuracy is not None:
        err.print(f"Test accuracy: {percent(after.test_accuracy)}")
    command = NEXT.get(after.next_step.page)
    if command:
        say_next(command, view.name)
    else:
        err.print(f"Next: {after.next_step.text}")


def _clustering(space: str | None, clusters: int | None, algorithm: str | None) -> dict[str, Any]:
    return {"embed.space": space, "cluster.clusters": clusters, "cluster.algorithm": algorithm}


def _next_questions(
    space: str | None, clusters: int | None, algorithm: str | None
) -> dict[str, Any]:
    """The same of a round after the first, which may ask about the uncertain images alone."""
    from labeller.rounds.settings import questions

    return {**_clustering(space, clusters, algorithm), **questions(clusters)}


def _say_unused(clusters: int | None, config: RoundConfig) -> None:
    """That a number of clusters was given to an algorithm which finds it itself."""
    from labeller.rounds.clusterers import clusterer_of

    if clusters and not clusterer_of(config.cluster).takes_count:
        err.print(f"{config.cluster.algorithm} finds the number of clusters: -k has no effect.")


def _base(store: Store, view: ProjectView, preset: str | None, method: str | None) -> RoundConfig:
    """The project's settings, or those of a preset, suited to its images as a new project's are;
    with a method that was named, its own settings alone.
    """
    from labeller import config

    base = view.config
    if preset:
        pixels = view.height * view.width * view.channels
        # No preset speaks of the encoder.
        base = config.with_encoder(config.preset(preset), view.config.encode)
        base = config.suited(base, view.train, pixels)
    return base.model_copy(update=chosen(store, method)) if method else base


def _unknown(store: Store, config: RoundConfig) -> bool:
    """Whether no worker has said yet that there is this method."""
    return config.method not in (service.comparable(store) or {})


def _resumed(store: Store, view: ProjectView, kind: str) -> JobView:
    """The newest job of that kind, queued again."""
    from labeller.errors import StateError

    job = service.last_job(store, view, kind)
    if job is None:
        raise StateError(f"{view.name} has no {kind} job to resume: start one without --resume")
    return job if job.active else service.resume(store, job.id)
