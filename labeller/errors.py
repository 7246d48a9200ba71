"""The errors that a person may see: one sentence with what happened, the rule and the next step.

Arguments out of range raise `ValueError`; a state of the world raises a `LabellerError`.
Pages and commands show the message of a `LabellerError` and hide nothing else.
"""


class LabellerError(Exception):
    """Base of every error whose message is written for the user."""


class DataError(LabellerError):
    """The images cannot be read, or are not what they should be."""


class NotFoundError(LabellerError):
    """A project, node, job or file of that name does not exist."""


class StateError(LabellerError):
    """The request is sound but does not fit the present state of the project."""


class TrainingError(LabellerError):
    """Training cannot go on; the last good checkpoint is kept."""


class JobCancelledError(LabellerError):
    """Raised by `report` inside a job whose cancellation was asked for."""
