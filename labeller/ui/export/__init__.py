"""The Export page: what the files hold, and how they are used elsewhere."""
