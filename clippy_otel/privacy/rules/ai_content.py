"""What was asked of a model and what it answered: a rule for the keys under which that stands.

It is none of the rules by default, for what is personal in content is redacted like any text. A pipeline has it unless
`capture_content` is set. What stands under such a key is dropped, as if no instrumentation had been told to record it.
"""

from __future__ import annotations

from typing import Final

from clippy_otel import semconv
from clippy_otel.privacy.rules.rule import Rule

# Not by the constructor, which takes 5 ms to check so many patterns.
AI_CONTENT: Final = Rule.of("ai_content")._replace(keys=semconv.AI_CONTENT_KEYS, action="drop")
