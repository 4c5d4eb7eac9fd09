"""The summary of the demo as a person wants to read it: some 80 lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_WIDTH: Final = 118


def render(summary: Mapping[str, Any]) -> str:
    """Return the text of what summarise() has found."""
    blocks = (
        _usage(summary),
        _models(summary),
        _errors(summary["errors"]),
        _health(summary["health"]),
        _redacted(summary),
        _arrived(summary["arrived"]),
        _ledger(summary),
    )
    return "\n" + "".join(f"{line}\n" for block in blocks for line in (*block, ""))


def _usage(summary: Mapping[str, Any]) -> Iterator[str]:
    yield "Features                  uses  users  adoption"
    for name, feature in summary["features"].items():
        adoption = _percent(feature["adoption_rate"])
        yield f"  {name:<22} {feature['uses']:5d}  {feature['total_users']:5d}  {adoption:>8}"
    talk, shown = summary["conversations"], summary["proactive"]
    yield ""
    yield (
        f"Conversations  {talk['total']}: {talk['completed']} completed, {talk['abandoned']} abandoned, "
        f"{talk['active']} active; {_percent(talk['completion_rate'])} of the ended ones completed,"
    )
    yield (
        f"               {talk['mean_messages']:.2f} messages each, a message has "
        f"{talk['mean_message_length']:.1f} characters"
    )
    levels = ", ".join(f"{count} {level}" for level, count in shown["by_intrusion_level"].items())
    yield (
        f"Suggestions    {shown['shown']} ({levels}): {shown['accepted']} accepted, {shown['dismissed']} dismissed, "
        f"{shown['ignored']} ignored for half an hour,"
    )
    yield (
        f"               {shown['unanswered']} still open; {_percent(shown['acceptance_rate'])} accepted, after "
        f"{shown['mean_time_to_accept_ms']:,.0f} ms on average"
    )


def _models(summary: Mapping[str, Any]) -> Iterator[str]:
    yield "Providers              requests  failed  success    p95 ms      tokens"
    for name, provider in summary["providers"].items():
        yield (
            f"  {name:<20} {provider['requests']:8d}  {provider['failures']:6d}  "
            f"{_percent(provider['success_rate']):>7}  {provider['p95_duration_ms']:8,.0f}  "
            f"{provider['total_tokens']:10,d}"
        )
    models = summary["ai_operations"]
    yield ""
    yield "AI operations             count    p50 ms    p95 ms    p99 ms"
    rows = {"all": models, **{f"  {name}": phase for name, phase in models["phases"].items()}}
    for name, row in {**rows, "first chunk": models["first_chunk"]}.items():
        yield f"  {name:<22} {row['count']:6d}" + "".join(f"  {row[rank]:8,.0f}" for rank in ("p50", "p95", "p99"))
    streams = models["streams"]
    yield (
        f"  {models['errors']} failed; {models['total_tokens']:,} tokens; {streams['count']} answers were streamed, "
        f"in {streams['chunks']} chunks, {streams['closed_early']} left early"
    )


def _errors(errors: Mapping[str, Any]) -> Iterator[str]:
    total, groups, rate = errors["total_errors"], errors["unique_groups"], _percent(errors["recovery_rate"])
    yield f"Errors: {total} in {groups} groups, {errors['unhandled']} of them unhandled, {rate} recovered from"
    yield "  count  users  recovered"
    for group in errors["groups"]:
        yield (
            f"  {group['count']:5d}  {group['affected_users']:5d}  {group['recovered']:9d}  "
            f"{group['type']}: {group['message']}"
        )


def _health(health: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Health: {health['status']}; {_percent(health['error_rate'])} of the checks failed, they took "
        f"{health['mean_response_time_ms']:,.1f} ms on average"
    )
    for name, service in health["services"].items():
        succeeded = _percent(service["success_rate"])
        yield f"  {name:<14} {service['total_checks']} checks, {succeeded:>5} succeeded: {' > '.join(service['was'])}"


def _redacted(summary: Mapping[str, Any]) -> Iterator[str]:
    yield "What was redacted before it left the process"
    for found in summary["redacted"]:
        example = found["example"]
        line = f"  {found['count']:3d}  {found['signal']:<6} {found['field']:<36} {example}"
        yield line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
    users, planted = summary["users"], summary["planted"]
    yield f"  {len(users):3d}  users are keyed pseudonyms, such as {users[0] if users else 'nobody'}"
    yield ""
    yield (
        f"  {planted['count']} planted secrets, found in the {planted['bytes']:,} bytes of {planted['file']}: "
        f"{planted['found']}"
    )


def _arrived(arrived: Mapping[str, Any]) -> Iterator[str]:
    yield "What arrived (SQLite, readable while it is written)"
    for signal, what in (("logs", "logs"), ("spans", "spans"), ("metrics", "metric series")):
        names = arrived[signal]
        yield from _wrapped(f"{sum(names.values()):4d} {what}", (f"{count} {name}" for name, count in names.items()))


def _wrapped(title: str, words: Iterable[str]) -> Iterator[str]:
    """Yield lines of words after and under a title."""
    line = f"  {title:<20}"
    for number, word in enumerate(words):
        separated = f", {word}" if number else word
        if len(line) + len(separated) > _WIDTH - 1:
            yield f"{line},"
            line = f"  {'':<20}{word}"
        else:
            line += separated
    yield line


def _ledger(summary: Mapping[str, Any]) -> Iterator[str]:
    ledger = summary["ledger"]
    yield "The ledger: what became of every record"
    yield f"  {'':<18}" + "".join(f"{signal:>9}" for signal in ledger)
    for column in dict.fromkeys(column for row in ledger.values() for column in row):
        yield f"  {column:<18}" + "".join(f"{row.get(column, 0):9d}" for row in ledger.values())
    yield ""
    yield f"  {'every record is accounted for' if summary['accounted_for'] else 'RECORDS ARE MISSING'}"


def _percent(fraction: float) -> str:
    return f"{fraction:.1%}"
