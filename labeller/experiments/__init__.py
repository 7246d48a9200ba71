"""What measures the product instead of being it: no page and no job imports from here."""
