"""Everything at rest: the tables, all SQL, the keys. Decides nothing."""
