"""Names beside values inside a text: `password=...` in any common syntax."""
