"""From a source (a folder, a zip, an archive, a known set) to the image store of a project."""
