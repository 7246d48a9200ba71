"""The whole loop without a person: a simulated expert answers through the verbs of the page."""
