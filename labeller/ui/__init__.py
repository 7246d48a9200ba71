"""What the pages consist of: a folder for each page, and what they share."""
