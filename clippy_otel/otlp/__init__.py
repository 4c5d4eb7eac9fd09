"""OTLP as bytes: events encoded on the caller's thread, and decoded again, without protobuf."""
