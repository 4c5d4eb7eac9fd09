"""The attributes of a message: as many as there is room for, the rest counted.

Guarantee: total, as `values` is; what even so cannot be read costs these attributes only.
"""

from __future__ import annotations

from clippy_otel import _guard
from clippy_otel.otlp.plain import plain
from clippy_otel.otlp.values import Budget, add_key_values, first_items


def add_attributes(
    parts: list[bytes], attribute_tag: int, attributes: object, max_attributes: int, budget: Budget
) -> int:
    """Append the encoded attributes to `parts` and return how many were left out.

    Args:
        parts: Where the encoded pieces go.
        attribute_tag: Of the field in the message that the attributes stand in.
        attributes: A mapping; what is none counts as one attribute left out.
        max_attributes: How many there may be; 0 or more.
        budget: What is left of the record's.
    """
    before = len(parts)
    found = attributes
    try:
        if type(found) is not dict:
            found = plain(found)
            if type(found) is not dict:
                return 1  # a mapping that cannot be read has at least one
        room = max_attributes if max_attributes < budget.nodes else budget.nodes  # noqa: FURB136 - min() costs 0.1 us
        items = first_items(found, room)
        budget.nodes -= len(items)
        add_key_values(parts, attribute_tag, items, 1, budget)
        return len(found) - len(items)
    except Exception as error:  # noqa: BLE001 - keys that raise when compared, no stack or memory left
        _guard.swallowed("otlp.encode", error)
        del parts[before:]
        return len(found) if type(found) is dict else 1
