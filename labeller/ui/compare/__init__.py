"""The Compare page: the form of a comparison, its table and its plots."""
