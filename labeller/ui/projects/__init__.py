"""The Projects page: cards of projects, and how a project begins."""
