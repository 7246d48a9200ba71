"""Where a classifier of few labels should start from: a denoising encoder or random weights."""
