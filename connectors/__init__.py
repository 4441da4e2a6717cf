"""Everything outside: phone systems, CRMs, recordings. Knows only the core."""
