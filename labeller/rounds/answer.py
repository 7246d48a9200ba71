"""Step 5 of a round: what an expert sees of a cluster, and what they say about it."""

from labeller.records.card import Answer, Card, Kind

__all__ = ["Answer", "Card", "Kind"]
