"""CRMs: customers in, timeline entries out."""
