"""Alembic's folder: one numbered file in versions/ per change of the schema."""
