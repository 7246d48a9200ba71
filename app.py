"""The app: navigation and the frame that all pages share."""

from labeller.ui.frame.navigation import run_app

run_app()
