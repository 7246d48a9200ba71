"""The steps of one round as pure functions: arrays and settings in, arrays or records out."""
