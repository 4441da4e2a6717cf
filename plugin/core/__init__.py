"""Values and decisions. No input or output, no clock, no logger."""
