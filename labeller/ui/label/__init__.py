"""The Label page: cards answered by keys."""
