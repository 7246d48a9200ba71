"""Step 6 of a round: from answers about centres to a label and a weight for every image."""
