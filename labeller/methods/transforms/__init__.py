"""What is done to images before a method sees them: augmentations, views, corruptions."""
