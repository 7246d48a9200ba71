"""The Train page: settings of a training, and its curves."""
