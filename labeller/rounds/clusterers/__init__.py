"""Step 3 of a round: group the points of a space."""
