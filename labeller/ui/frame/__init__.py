"""The frame around every page: navigation, project picker, job banner, empty states."""
