"""Figures of docs/performance.md, measured beside their baselines. Nothing here is asserted."""
