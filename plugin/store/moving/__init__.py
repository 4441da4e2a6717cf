"""The rooms of the move from SQLite to MySQL; plugin/services/move.py is its journey."""
