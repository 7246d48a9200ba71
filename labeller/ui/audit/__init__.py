"""The Audit page: random images labelled one by one, and what they say of the labels."""
