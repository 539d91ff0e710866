"""Storage: typed tables, sessions, migrations. Knows nothing above or beside it."""
