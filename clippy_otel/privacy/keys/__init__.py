"""Sensitive keys, told by their words."""
