"""Stores: where the local transport writes records, and where the privacy rights read them."""
