"""Sources of images: one file each, found by `labeller.data.sources.registry`."""
