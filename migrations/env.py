"""Alembic's environment: runs the steps on the connection that plugin/store/schema.py hands over. No ini file."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
