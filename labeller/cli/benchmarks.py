"""The commands `labeller benchmark ...` that measure speed, and starts of a classifier."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.table import Table
from typer import Argument, Option

from labeller.cli import options
from labeller.cli.follow import Watch
from labeller.cli.frame import out
from labeller.cli.measuring import finish, imported, numbers
from labeller.cli.settings import parse_pairs

benchmark = typer.Typer(no_args_is_help=True, help="Measure accuracy for each answer, and speed.")


@benchmark.callback()
def _benchmark() -> None:
    """Measure accuracy for each answer, and speed on this machine."""


def epoch(
    source: Annotated[str, Option(help="A named set, a folder or a zip (default: digits).")] = "",
    limit: Annotated[int, Option("--images", min=2, help="Use so many.")] = 10_000,
    method: Annotated[str, Option(help="What is trained: NAME:PRESET@KEY=VALUE.")] = "vae",
    setting: options.MethodSetting = None,
    batch_size: options.BatchSize = 256,
    repeats: Annotated[int, Option(min=1, help="Epochs of each loop.")] = 5,
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
    json_file: options.JsonFile = None,
) -> None:
    """Compare an epoch of training with a plain DataLoader loop and with a bare loop."""
    from labeller.config import RoundConfig
    from labeller.experiments.speed.epoch import enlarged_digits, epoch_benchmark
    from labeller.jobs.catalogue import check_method
    from labeller.methods import registry

    name, config = registry.chosen(method)
    config |= parse_pairs(setting or [])
    check_method(RoundConfig(method=name, method_config=config))
    images = None if source else enlarged_digits(limit)
    with Watch() as watch:
        if images is None:
            with imported(source, watch, data_dir=data_dir) as store:
                images = store.images[store.train][:limit]
        result = epoch_benchmark(
            images,
            method=name,
            config=config,
            batch_size=batch_size,
            repeats=repeats,
            device=device,
            report=watch.report,
        )
    finish(result, json_file, _show_epoch)


def perceptual(
    side: Annotated[int, Option("--size", min=1, help="Side of the images in pixels.")] = 64,
    batch_size: Annotated[int, Option(min=1, help="Images per turn.")] = 100,
    repeats: Annotated[int, Option(min=1, help="Turns of each version.")] = 5,
    setting: options.MethodSetting = None,
    device: options.MeasuringDevice = "auto",
    json_file: options.JsonFile = None,
) -> None:
    """Compare the perceptual loss without padding, and with the features of its targets kept,
    with the padded one that both equal."""
    from labeller.experiments.speed.perceptual_loss import perceptual_benchmark

    with Watch() as watch:
        result = perceptual_benchmark(
            side=side,
            batch_size=batch_size,
            repeats=repeats,
            device=device,
            loss=parse_pairs(setting or []),
            report=watch.report,
        )
    finish(result, json_file, _show_perceptual)


def encode(
    source: Annotated[
        Path | None, Argument(help="A folder or zip of images (default: drawn JPEG files).")
    ] = None,
    limit: Annotated[int, Option("--images", min=1, help="Use so many.")] = 256,
    repeats: Annotated[int, Option(min=1, help="Turns of each loop.")] = 3,
    device: options.MeasuringDevice = "auto",
    json_file: options.JsonFile = None,
) -> None:
    """Compare features of lite0, from files to numbers, with timm's network in a plain loop."""
    from labeller.experiments.speed.encode import encode_benchmark, picture_files

    with Watch() as watch:
        files = picture_files(source, limit)
        result = encode_benchmark(files, repeats=repeats, device=device, report=watch.report)
    finish(result, json_file, _show_encode)


def interface(
    cards: Annotated[str, Option(help="Numbers of cards on the Label page.")] = "30,100",
    keys: Annotated[int, Option(min=2, help="Keys pressed in each measurement.")] = 40,
    repeats: Annotated[int, Option(min=1, help="Openings of each page.")] = 3,
    points: Annotated[str, Option(help="Points on maps; empty: none.")] = "10000,70000",
    json_file: options.JsonFile = None,
) -> None:
    """Measure the pages and the keys in a real browser: what a person waits for."""
    from labeller.experiments.speed.interface import interface_benchmark

    with Watch() as watch:
        result = interface_benchmark(
            cards=numbers(cards, "--cards"),
            keys=keys,
            repeats=repeats,
            points=numbers(points, "--points"),
            report=watch.report,
        )
    finish(result, json_file, _show_interface)


def starts(
    source: Annotated[str, Argument(help="digits, cifar10, ... or a folder or zip.")],
    labelled: Annotated[str, Option(help="Numbers of labelled images.")] = "100,250",
    seeds: options.Seeds = "0",
    epochs: Annotated[int, Option(min=1, help="Of the autoencoder, unlabelled.")] = 12,
    tuning: Annotated[int, Option(min=1, help="Epochs of the classifier, labelled.")] = 30,
    setting: options.MethodSetting = None,
    size: options.Size = None,
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
    json_file: options.JsonFile = None,
) -> None:
    """Compare a classifier that starts from a denoising encoder with random starts."""
    from labeller.config import TrainConfig
    from labeller.experiments.initialisation.starts import starts_benchmark

    rate = {"learning_rate": 1e-3, "device": device}
    with Watch() as watch:
        result = starts_benchmark(
            source,
            labelled=numbers(labelled, "--labelled"),
            seeds=numbers(seeds),
            config=parse_pairs(setting or []),
            pretraining=TrainConfig(epochs=epochs, batch_size=128, **rate),
            tuning=TrainConfig(epochs=tuning, batch_size=64, **rate),
            size=size,
            data_dir=data_dir,
            report=watch.report,
        )
    finish(result, json_file, _show_starts)


def _show_epoch(result: dict[str, Any]) -> None:
    table = Table("loop", "images/s", "seconds an epoch")
    for name, loop in result["loops"].items():
        table.add_row(name, f"{loop['images_per_second']:,.0f}", f"{median(loop['seconds']):.2f}")
    out.print(f"{result['device_name']}:")
    out.print(table)
    for name, ratio in result["ratios"].items():
        ours, theirs = name.split("_to_")
        out.print(f"labeller {ours} is {ratio:.2f} times as fast as the loop {theirs}")


def _show_perceptual(result: dict[str, Any]) -> None:
    fewer = result["operations"]["padded"] / result["operations"]["unpadded"]
    out.print(
        f"{result['device_name']}: without padding {result['ratio']:.2f} times as fast "
        f"({fewer:.2f} times fewer operations), with kept targets {result['ratio_kept']:.2f}, "
        f"gradients equal to {result['gradient_difference']:.0e} of the largest"
    )


def _show_encode(result: dict[str, Any]) -> None:
    table = Table("threads", "labeller, images/s", "timm eager, images/s", "ratio")
    for case in result["threads"].values():
        speeds = (f"{speed:,.1f}" for speed in case["images_per_second"].values())
        table.add_row(str(case["threads"]), *speeds, f"{case['ratio']:.2f}")
    out.print(f"{result['device_name']}, {result['images']:,} images:")
    out.print(table)
    out.print(f"features equal to {result['difference']:.0e}")


def _show_interface(result: dict[str, Any]) -> None:
    out.print(f"{result['device']}, {result['browser']}:")
    table = Table("milliseconds, p50 / p95", "shown", "saved")
    people = {"two people": result["people"]}
    for cards, times in ({f"{n} cards": t for n, t in result["keys"].items()} | people).items():
        both = (times["shown"], times["saved"])
        table.add_row(cards, *(f"{each['p50']:.0f} / {each['p95']:.0f}" for each in both))
    out.print(table)
    opened = Table("page", "title, s", "drawn, s", "first time, s")
    for page, times in result["pages"].items():
        seconds = (times["title"], times["drawn"], times["first"]["drawn"])
        opened.add_row(page, *(f"{each:.2f}" for each in seconds))
    out.print(opened)
    for count, times in result["maps"].items():
        out.print(
            f"map of {int(count):,} points: {times['painted']:.2f} s to the first frame, lasso "
            f"{times['lasso_p50']:.0f} ms, hover {times['hover']:.0f} ms"
        )
    sizes = ", ".join(f"{count}: {size:.0f}" for count, size in result["memory"].items())
    out.print(f"MiB of the server by sessions: {sizes}")
    stored, answers = result["people"]["stored"], result["people"]["answers"]
    out.print(f"two people: {stored} of {answers} answers stored", end="; ")
    out.print(f"errors: {', '.join(result['people']['errors']) or 'none'}")


def _show_starts(result: dict[str, Any]) -> None:
    counts = list(next(iter(result["mean"].values())))
    table = Table(title=f"Test accuracy by start, mean of {len(result['seeds'])} seeds, per cent")
    table.add_column("start")
    for count in counts:
        table.add_column(f"{count} labels", justify="right")
    for start, shares in result["mean"].items():
        table.add_row(start, *(f"{100 * shares[count]:.1f}" for count in counts))
    out.print(table)
