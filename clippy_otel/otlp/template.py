"""A text attribute whose values all have one length, such as an id: encoded by appending the text to a template.

Cost: 0.2 us, where encoding the attribute anew takes 1.2 us.
"""

from __future__ import annotations

from clippy_otel.otlp.encode import encode_log_attribute


class TextTemplate:
    """Encode an attribute of a LogRecord again and again, with texts of one length.

    Args:
        key: The attribute's key.
        size_bytes: The length of its texts in UTF-8; a text of another length is encoded the long way.
    """

    __slots__ = ("_key", "_prefix", "_size_bytes")

    def __init__(self, key: str, size_bytes: int) -> None:
        self._key = key
        self._size_bytes = size_bytes
        self._prefix = encode_log_attribute(key, "0" * size_bytes)[:-size_bytes]

    def encode(self, text: str) -> bytes:
        """Return the attribute with this text, for the `encoded_attributes` of encode_log_record()."""
        if text.isascii() and len(text) == self._size_bytes:
            return self._prefix + text.encode()
        return encode_log_attribute(self._key, text)
