"""Sampling: one threshold function, the four strategies, for events (and, with the hooks, for spans)."""
