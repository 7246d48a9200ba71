"""Methods: one file each, found by `labeller.methods.registry`."""
