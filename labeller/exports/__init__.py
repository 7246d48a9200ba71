"""Export formats: one file each, found by `labeller.exports.registry`."""
