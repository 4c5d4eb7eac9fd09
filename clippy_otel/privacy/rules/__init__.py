"""Rules: what is looked for, and what is done with what is found."""
