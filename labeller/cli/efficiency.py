"""`labeller benchmark label-efficiency`: accuracy for each answer, ours beside the baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from rich.table import Table
from typer import Option

from labeller.cli import options
from labeller.cli.follow import Watch
from labeller.cli.frame import err, out, print_json, usage
from labeller.cli.measuring import finish, kept_in, numbers
from labeller.cli.outputs import new_figure
from labeller.cli.settings import step_settings

EVERY = "recommended,paper,random,random+neighbours,least-confidence,margin,entropy,core-set,"
EVERY += "typiclust,tcm,badge,probcover,maxherding,uherding,dropquery,plain-cnn"


def label_efficiency(
    source: options.Source,
    strategies: Annotated[str, Option(help="Presets and strategies, in this order.")] = EVERY,
    budgets: Annotated[str, Option(help="Answers in all, growing.")] = "10,20,50,100",
    seeds: options.Seeds = "0",
    method: Annotated[str, Option(help="What gives the latents: NAME:PRESET@KEY=VALUE.")] = "vae",
    expert: Annotated[
        options.Expert, Option(help="Who answers the cards of the presets.")
    ] = "card",
    error_rates: Annotated[str, Option(help="Shares of wrong answers, one run each.")] = "0",
    overconfidence: options.Overconfidence = 0.0,
    supervised: Annotated[
        bool, Option("--supervised/--no-supervised", help="Add the student of all labels.")
    ] = True,
    setting: options.Setting = None,
    size: options.Size = None,
    features: Annotated[
        Path | None,
        Option(
            help="Ready features for the strategies and a linear student: .npy, one row per image."
        ),
    ] = None,
    encoder: options.Encoder = None,
    student: Annotated[
        str,
        Option(
            help="Of the strategies on features: linear, product, or better (by held-out labels)."
        ),
    ] = "better",
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
    cache: options.Cache = None,
    resume: Annotated[bool, Option("--resume", help="Go on with the file of --json.")] = False,
    json_file: options.JsonFile = None,
    figure: Annotated[
        Path | None,
        Option(help="Draw the curves into this file: .png or .html.", callback=new_figure),
    ] = None,
) -> None:
    """Compare the accuracy that so many answers buy: the presets and the classical strategies."""
    from labeller.experiments.label_efficiency import Plan, markdown
    from labeller.experiments.label_efficiency import label_efficiency as run

    to_file = json_file if json_file is not None and str(json_file) != "-" else None
    if resume and to_file is None:
        raise usage("--resume needs the file of the run: --json FILE")
    plan = Plan(
        source=source,
        strategies=_parts(strategies),
        budgets=tuple(numbers(budgets, "--budgets")),
        seeds=tuple(numbers(seeds)),
        error_rates=tuple(numbers(error_rates, "--error-rates", float)),
        expert=expert,
        overconfidence=overconfidence,
        supervised=supervised,
        changes=tuple(_changes(method, setting).items()),
        size=size,
        data_dir=data_dir,
        device=device,
        features=features,
        encoder=encoder,
        student=student,
    )
    with kept_in(cache) as folder, Watch() as watch:
        record = run(
            plan,
            cache=folder,
            path=to_file,
            resume=resume,
            report=watch.report,
        )
    if to_file is not None:
        err.print(f"Written to {to_file}")
    if json_file is not None and to_file is None:
        print_json(record)
    else:
        out.print(markdown(record), end="", soft_wrap=True)
    if figure is not None:
        _draw(record, figure)


def spaces(
    source: options.Source,
    counts: Annotated[
        str, Option("--clusters", help="Numbers of clusters in each space.")
    ] = "10,20",
    seeds: options.Seeds = "0",
    setting: options.Setting = None,
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
    cache: options.Cache = None,
    json_file: options.JsonFile = None,
) -> None:
    """Compare spaces to cluster in: PCA, UMAP, t-SNE, Laplacian eigenmaps, the latent itself."""
    from labeller.experiments.label_efficiency.spaces import compare_spaces

    with kept_in(cache) as folder, Watch() as watch:
        record = compare_spaces(
            source,
            counts=numbers(counts, "--clusters"),
            seeds=numbers(seeds),
            cache=folder,
            data_dir=data_dir,
            device=device,
            changes=step_settings(setting),
            report=watch.report,
        )
    finish(record, json_file, _show_spaces)


def _show_spaces(record: dict[str, Any]) -> None:
    table = Table("space", "clusters", "purity", "seconds")
    for row in record["rows"]:
        spread = f" ± {100 * row['std']:.1f}" if len(record["seeds"]) > 1 else ""
        purity = f"{100 * row['purity']:.1f}{spread} %"
        table.add_row(row["space"], str(row["clusters"]), purity, f"{row['seconds']:.0f}")
    out.print(table)


def _changes(method: str, setting: list[str] | None) -> dict[str, Any]:
    """The settings that choose a method (none for the one that the presets have), and the others;
    raises what `check_method` raises.
    """
    from labeller.config import RoundConfig
    from labeller.jobs.catalogue import check_method
    from labeller.methods import registry
    from labeller.rounds.settings import changed

    chosen = {} if method == "vae" else registry.changes(method)
    changes = {**chosen, **step_settings(setting)}
    check_method(changed(RoundConfig(), changes))
    return changes


def _draw(record: dict[str, Any], path: Path) -> None:
    """The curves of a record as a picture (.png), or a page (.html)."""
    from labeller.experiments.reproduce.experiment import Drawing
    from labeller.experiments.reproduce.pictures import write_drawing
    from labeller.figures import budget_curve
    from labeller.figures.baselines import curves_of

    write_drawing(Drawing(path.stem, "", budget_curve((), curves_of(record))), path)
    err.print(f"Drawn in {path}")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
