"""The Results page: accuracy by answers, scores by class."""
