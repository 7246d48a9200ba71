"""What becomes of people's answers when something breaks: one file per kind of fault.

A file of this folder with `cases()` adds a kind; each case breaks a real workspace of its own in a
real way, opens it again as a person would, and counts what was lost, stuck, wrong or unreadable.
"""

from labeller.experiments.faults.run import faults_benchmark as faults_benchmark
