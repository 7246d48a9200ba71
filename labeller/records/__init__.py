"""What the service hands to pages and commands: frozen records, no torch, no open sessions."""

from labeller.records.answers import Budget as Budget
from labeller.records.answers import BudgetRound as BudgetRound
from labeller.records.answers import Evidence as Evidence
from labeller.records.answers import Provenance as Provenance
from labeller.records.answers import Undoing as Undoing
from labeller.records.audit import AuditEstimate as AuditEstimate
from labeller.records.audit import AuditReport as AuditReport
from labeller.records.audit import AuditView as AuditView
from labeller.records.card import Answer as Answer
from labeller.records.card import Card as Card
from labeller.records.card import CardState as CardState
from labeller.records.card import Kind as Kind
from labeller.records.jobs import ComparisonView as ComparisonView
from labeller.records.jobs import JobState as JobState
from labeller.records.jobs import JobView as JobView
from labeller.records.project import ClassView as ClassView
from labeller.records.project import EncoderChoice as EncoderChoice
from labeller.records.project import NextStep as NextStep
from labeller.records.project import Page as Page
from labeller.records.project import ProjectState as ProjectState
from labeller.records.project import ProjectView as ProjectView
from labeller.records.rounds import LabelIssueView as LabelIssueView
from labeller.records.rounds import Labelling as Labelling
from labeller.records.rounds import OpenRound as OpenRound
from labeller.records.rounds import Preview as Preview
from labeller.records.rounds import RoundView as RoundView
