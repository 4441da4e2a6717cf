"""The Alembic environment and the numbered steps of the schema. A landed step is never edited."""
