"""What the pages share: the frame around them, widgets, and components of our own."""
