"""Several methods on the same images, trained alike and measured side by side."""
