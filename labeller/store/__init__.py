"""The workspace on disk: SQLite rows through SQLAlchemy, and array files beside them.

The only package that writes a project. No torch, no streamlit.
"""

from labeller.store.database import Store
from labeller.store.files import ProjectFolder

__all__ = ["ProjectFolder", "Store"]
