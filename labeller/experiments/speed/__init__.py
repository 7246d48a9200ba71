"""How fast the product is, as a ratio against what anyone would write first, in the same run."""
