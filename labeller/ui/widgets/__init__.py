"""Widgets and components that several pages share."""
