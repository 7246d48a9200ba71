"""What a published server lets through: real attacks on a real one, with what came of each."""
