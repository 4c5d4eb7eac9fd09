"""Observable instruments that several things share: each is shown once, and kept alive by nobody here."""

from __future__ import annotations

import gc

from opentelemetry.metrics import Meter, NoOpMeter

from clippy_otel.observables import PerMeter, Sources


class Thing:
    """Something to be shown."""


def test_sources_are_shown_once_in_their_order() -> None:
    """Added again, one goes to the end; removed, it is gone, and that is told."""
    sources, first, second = Sources[Thing](), Thing(), Thing()
    for thing in (first, second, first):
        sources.add(thing)
    assert sources.live() == [second, first]
    assert sources.remove(first)
    assert not sources.remove(first)
    assert sources.live() == [second]


def test_sources_are_not_kept_alive() -> None:
    """What nobody holds is shown no more, and is not taken for one that was removed."""
    sources, staying = Sources[Thing](), Thing()
    sources.add(Thing())
    gc.collect()
    assert sources.live() == []
    assert not sources.remove(staying)


def test_each_meter_has_its_own() -> None:
    """Made and shown when it is first asked for, and then the same."""
    shown: list[tuple[Meter, Sources[Thing]]] = []
    per_meter: PerMeter[Sources[Thing]] = PerMeter(Sources, lambda meter, made: shown.append((meter, made)))
    one, other = NoOpMeter("one"), NoOpMeter("other")
    assert per_meter.on(one) is per_meter.on(one)
    assert per_meter.on(other) is not per_meter.on(one)
    assert shown == [(one, per_meter.on(one)), (other, per_meter.on(other))]
