"""Step 4 of a round: which images to ask about, in how many clusters, and what a card shows."""
