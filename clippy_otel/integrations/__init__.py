"""Where this package meets others: one adapter a file, imported by nothing else of the package.

`opentelemetry` has what `opentelemetry-instrument` calls; `serverless` delivers at the end of each call.
"""
