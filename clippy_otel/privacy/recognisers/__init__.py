"""What personal data and secrets look like, one kind a module."""
