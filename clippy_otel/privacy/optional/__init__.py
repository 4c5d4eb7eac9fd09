"""Rules that are there for whoever asks for them."""
