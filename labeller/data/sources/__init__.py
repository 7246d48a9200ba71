"""Sources of images: what each file here opens becomes a feed."""
