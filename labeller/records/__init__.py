"""What the service hands to pages and commands: frozen records, no torch, no open sessions."""

from labeller.records.answers import Budget, BudgetRound, Evidence, Provenance, Undoing
from labeller.records.audit import AuditEstimate, AuditReport, AuditView
from labeller.records.card import Answer, Card, CardState, Kind
from labeller.records.jobs import ComparisonView, JobState, JobView
from labeller.records.project import (
    ClassView,
    EncoderChoice,
    NextStep,
    Page,
    ProjectState,
    ProjectView,
)
from labeller.records.rounds import LabelIssueView, Labelling, OpenRound, Preview, RoundView

__all__ = [
    "Answer",
    "AuditEstimate",
    "AuditReport",
    "AuditView",
    "Budget",
    "BudgetRound",
    "Card",
    "CardState",
    "ClassView",
    "ComparisonView",
    "EncoderChoice",
    "Evidence",
    "JobState",
    "JobView",
    "Kind",
    "LabelIssueView",
    "Labelling",
    "NextStep",
    "OpenRound",
    "Page",
    "Preview",
    "ProjectState",
    "ProjectView",
    "Provenance",
    "RoundView",
    "Undoing",
]
