"""Backups at rest: the folder they lie in, copies of databases and files, and what is looked for in a copy."""
