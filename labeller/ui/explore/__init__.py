"""The Explore page: the map of all images."""
