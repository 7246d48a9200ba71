"""The commands that start something: demo, ui, worker, doctor."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Option

from labeller.cli import options
from labeller.cli.frame import chosen_workspace, err, out, print_json, usage

Port = Annotated[
    int | None, Option("--port", min=1, max=65535, help="Port of the app (default: a free one).")
]
Browser = Annotated[bool, Option("--browser/--no-browser", help="Open the app in the browser.")]


def demo(workspace: options.Workspace = None, port: Port = None, browser: Browser = True) -> None:
    """Show the app on 1,797 real handwritten digits (no download): label them in a minute."""
    from labeller import service
    from labeller.cli.launch import Launch, serve

    folder, name = chosen_workspace(workspace), service.DEMO
    store = service.open_store(folder)
    begun = "Starting the demo" if service.begin_demo(store) else "Going on with the"
    err.print(f"{begun} project {name} in {folder}")
    # Before the server: the worker imports torch while Streamlit starts.
    service.ensure_worker(store)
    launch = Launch(folder, port=port, browser=browser, page="label", project=name, tour=True)
    raise typer.Exit(serve(launch))


def ui(
    workspace: options.Workspace = None,
    port: Port = None,
    browser: Browser = True,
    data_dir: options.DataDir = None,
    project: Annotated[str, Option(help="Open this project.")] = "",
    host: Annotated[
        str, Option(metavar="ADDRESS", help="Let others reach it there: they have to sign in.")
    ] = "",
    insecure: Annotated[
        bool, Option("--insecure", help="With --host: nobody signs in, all may do all.")
    ] = False,
) -> None:
    """Start the web app."""
    from labeller import service
    from labeller.cli.launch import Launch, serve
    from labeller.cli.publishing import publish

    folder = chosen_workspace(workspace)
    store = service.open_store(folder)
    if project:
        service.project(store, project)
    if insecure and not host:
        raise usage("--insecure belongs to --host ADDRESS")
    published = publish(folder, host, insecure) if host else None
    if published and published.auth and not service.members_of(store):
        err.print("Nobody has a role yet: `labeller roles give you@example.org owner` gives one.")
    launch = Launch(folder, data_dir, port, browser, project=project, published=published)
    raise typer.Exit(serve(launch))


def worker(
    workspace: options.Workspace = None,
    device: options.Device = "auto",
    idle: Annotated[float, Option(min=0, help="Leave after so many seconds without work.")] = float(
        "inf"
    ),
) -> None:
    """Run the jobs of a workspace, for example on a GPU machine that shares the folder."""
    import logging

    from labeller.jobs.worker import run

    folder = chosen_workspace(workspace)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    err.print(f"Working for {folder} on {device}; stop with Ctrl-C.")
    run(folder, device, idle)


def doctor(
    workspace: options.Workspace = None,
    data_dir: options.DataDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Check this installation: versions, device, memory, workspace, data sets, browser."""
    from labeller.cli.checks import examine

    checks = examine(chosen_workspace(workspace), data_dir)
    if as_json:
        print_json([{"name": c.name, "state": c.state, "text": c.text} for c in checks])
    else:
        colours = {"ok": "green", "note": "yellow", "broken": "red"}
        for check in checks:
            out.print(f"{check.state:<6}", style=colours[check.state], end=" ")
            out.print(f"{check.name:<12} {check.text}", soft_wrap=True)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)
