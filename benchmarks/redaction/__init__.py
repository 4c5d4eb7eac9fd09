"""How accurate redaction is: a scored corpus of invented telemetry, and the peers on the same rows.

The corpus is written from what production telemetry looks like, not from what any recogniser can do: log lines, ids,
keys and payloads in `data/`, with values put into them by a seeded generator. No row holds anybody's data, and no token
in it was ever issued.
"""
