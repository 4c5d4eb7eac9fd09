"""The benchmarks' arithmetic, their table and their command line; how fast anything is, is not looked at."""

from __future__ import annotations

import contextlib
import gc
import gzip
import http.client
import json
import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks import __main__ as command
from benchmarks import export, harness, machine, metrics, report, sides, sink, spans, startup, track
from benchmarks.data import Events, Spans
from benchmarks.harness import Benchmark, Result, Row, Sides, Spread
from clippy_otel.ports import Outcome, Verdict

RATIO = Row("a call", "us", budget=0.8)
DIFFERENCE = Row("a start", "ms", "difference", budget=30.0)
ALL = tuple(benchmark for room in (track, spans, metrics, export, startup) for benchmark in room.benchmarks())


def run(sides_of: Sides, *, rounds: int, seed: int = 1, calls: int = 1) -> Result:
    """Measure a benchmark of one row."""

    @contextlib.contextmanager
    def opened(_calls: int) -> Iterator[Sides]:
        yield sides_of

    benchmark = Benchmark("fake", (RATIO,), rounds, calls, opened)
    (result,) = harness.run(benchmark, rounds=rounds, calls=calls, rng=random.Random(seed))
    return result


class Recorder:
    """Sides that count: a figure of ours is the number of the call, one of the bare side's twice that."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def sides(self) -> Sides:
        """Return the two sides."""
        return Sides(lambda: self._measure("ours", 1.0), lambda: self._measure("bare", 2.0))

    def _measure(self, side: str, factor: float) -> tuple[float]:
        self.order.append(side)
        return (factor * self.order.count(side),)


def test_rounds_that_warm_up_do_not_count() -> None:
    """The first figures of each side are left out, and as many rounds as were asked for are kept."""
    result = run(Recorder().sides(), rounds=3)
    assert result.ours == (3.0, 4.0, 5.0)
    assert result.bare == (6.0, 8.0, 10.0)


def test_both_sides_in_each_round() -> None:
    """Each round measures each side once, in an order that changes."""
    recorder = Recorder()
    run(recorder.sides(), rounds=8)
    pairs = list(zip(recorder.order[::2], recorder.order[1::2], strict=True))
    assert set(pairs) == {("ours", "bare"), ("bare", "ours")}


def test_order_comes_from_the_seed() -> None:
    """The same seed measures in the same order, another one in another."""
    orders = []
    for seed in (1, 1, 2):
        recorder = Recorder()
        run(recorder.sides(), rounds=8, seed=seed)
        orders.append(recorder.order)
    assert orders[0] == orders[1] != orders[2]


def test_garbage_is_collected_before_each_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """No side pays for what the other one, or the round before, has left."""
    recorder = Recorder()
    monkeypatch.setattr(gc, "collect", lambda: recorder.order.append("gc"))
    run(recorder.sides(), rounds=2)
    assert recorder.order[::2] == ["gc"] * len(recorder.order[1::2])
    assert "gc" not in recorder.order[1::2]


def test_a_figure_for_each_row() -> None:
    """A benchmark of several rows gives each its own column, and knows how many calls it is made for."""
    opened_for: list[int] = []

    @contextlib.contextmanager
    def opened(calls: int) -> Iterator[Sides]:
        opened_for.append(calls)
        yield Sides(lambda: (1.0, 10.0), lambda: (2.0, 40.0))

    benchmark = Benchmark("fake", (RATIO, DIFFERENCE), 2, 1, opened)
    first, second = harness.run(benchmark, rounds=2, calls=7, rng=random.Random(1))
    assert (first.row, first.ours, first.bare, first.calls) == (RATIO, (1.0, 1.0), (2.0, 2.0), 7)
    assert (second.row, second.ours, second.bare, second.calls) == (DIFFERENCE, (10.0, 10.0), (40.0, 40.0), 7)
    assert opened_for == [7]


def test_ratio_is_of_each_round() -> None:
    """What counts is the median of the rounds' ratios, not the ratio of two medians."""
    result = Result(RATIO, 1, ours=(1.0, 10.0, 6.0), bare=(1.0, 100.0, 2.0))
    assert result.compared == (1.0, 0.1, 3.0)
    assert harness.spread(result.compared).median == 1.0


def test_difference_is_of_each_round() -> None:
    """Where a difference is compared, it is ours less the bare SDK's."""
    assert Result(DIFFERENCE, 1, ours=(150.0, 140.0), bare=(130.0, 141.0)).compared == (20.0, -1.0)


@pytest.mark.parametrize(
    "figures, expected",
    [
        ((5.0,), Spread(5.0, 5.0, 5.0)),
        ((1.0, 3.0), Spread(1.5, 2.0, 2.5)),
        ((9.0, 1.0, 5.0, 3.0, 7.0), Spread(3.0, 5.0, 7.0)),
    ],
)
def test_spread(figures: tuple[float, ...], expected: Spread) -> None:
    """The spread is the quartiles, of whatever order, down to a single figure."""
    assert harness.spread(figures) == expected


@pytest.mark.parametrize(
    "row, ours, holds",
    [
        (RATIO, 8.0, True),
        (RATIO, 8.01, False),
        (DIFFERENCE, 40.0, True),
        (DIFFERENCE, 40.1, False),
        (Row("free", "us"), 1e9, None),
    ],
)
def test_budget(row: Row, ours: float, holds: bool | None) -> None:  # noqa: FBT001 - an expectation
    """A budget holds up to its own value; without one there is no verdict."""
    assert Result(row, 1, ours=(ours,), bare=(10.0,)).holds is holds


def test_table() -> None:
    """A line says both sides' medians, the comparison, its spread, the budget, and whether that holds."""
    results = [
        Result(RATIO, 1, ours=(4.0, 5.0, 6.0), bare=(10.0, 10.0, 10.0)),
        Result(DIFFERENCE, 1, ours=(170.0, 171.0, 172.0), bare=(130.0, 130.0, 130.0)),
        Result(Row("free", "bytes"), 1, ours=(3.0,), bare=(2.0,)),
    ]
    table = report.table(results).splitlines()
    assert [" ".join(line.split()) for line in table] == [
        "ours beside compared quartiles budget",
        "a call 5.00 us 10.00 us 0.500x 0.450 to 0.550 <= 0.800x holds",
        "a start 171.00 ms 130.00 ms +41.00 ms +40.50 to +41.50 <= +30.00 ms MISSED",
        "free 3.00 bytes 2.00 bytes 1.500x 1.500 to 1.500",
    ]


def test_table_is_aligned() -> None:
    """Figures stand under each other, whatever their width."""
    results = [Result(Row(name, "us"), 1, ours=(ours,), bare=(1.0,)) for name, ours in (("a", 1.0), ("long", 100.0))]
    _, short, long = report.table(results).splitlines()
    assert short.index("x  ") == long.index("x  ")


def test_json_keeps_every_round() -> None:
    """What is kept has each round's figures and the machine, and is JSON."""
    result = Result(RATIO, 9, ours=(4.0, 5.0), bare=(10.0, 10.0))
    kept = json.loads(json.dumps(report.as_json([result], machine.describe(), {"seed": 1})))
    assert kept["rows"] == [
        {
            "name": "a call",
            "unit": "us",
            "calls": 9,
            "ours": [4.0, 5.0],
            "bare": [10.0, 10.0],
            "compared": "ratio",
            "low": pytest.approx(0.425),
            "median": pytest.approx(0.45),
            "high": pytest.approx(0.475),
            "lowest": 0.4,
            "highest": 0.5,
            "budget": 0.8,
            "holds": True,
        }
    ]
    assert {"date", "python", "cpu", "cores", "system", "load", "packages"} == kept["machine"].keys()
    assert kept["machine"]["packages"]["opentelemetry-sdk"].startswith("1.")


def test_budgets_are_those_promised() -> None:
    """The rows with a budget are those of the contract, with its figures."""
    budgets = {row.name: row.budget for benchmark in ALL for row in benchmark.rows if row.budget is not None}
    assert list(budgets.values()) == [0.8, 1.2, 1.3, 1.1, 1.15, 0.5, 0.5, 30.0, 2.0]


def test_events_differ_and_are_alike() -> None:
    """Each event has five attributes, three texts, a whole number and a float, and a text that no other one has."""
    events = Events()
    made = [*events.clean(50), *events.clean(50), *events.dirty(50)]
    shapes = {tuple(sorted(type(value).__name__ for value in event.values())) for event in made}
    assert shapes == {("float", "int", "str", "str", "str")}
    assert len({event["document.name"] for event in made}) == len(made)


def test_spans_differ_and_are_alike() -> None:
    """Each span has ten attributes and two in its event, and two texts that no other one has."""
    source = Spans()
    made = [*source.clean(50), *source.clean(50), *source.dirty(50)]
    assert {(len(span.attributes), len(span.event)) for span in made} == {(10, 2)}
    for key in ("document.name", "request.id"):
        assert len({span.attributes[key] for span in made}) == len(made)
    assert all("@" in span.attributes["document.name"] and span.attributes["password"] for span in source.dirty(5))


@pytest.mark.parametrize(
    "benchmark",
    [each for each in ALL if each.name.startswith(("track", "span", "traced", "metric"))],
    ids=lambda each: each.name,
)
def test_both_sides_are_measured(benchmark: Benchmark) -> None:
    """Both sides of what runs on the caller's thread deliver what they were given, and take some time for it."""
    (result,) = harness.run(benchmark, rounds=1, calls=20, rng=random.Random(1))
    assert result.ours > (0.0,)
    assert result.bare > (0.0,)


def test_started_processes_cache_byte_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a start costs is not what compiling costs, whatever the environment says about byte code."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("UNRELATED", "kept")
    environment = startup.environment("/somewhere")
    assert environment["PYTHONPYCACHEPREFIX"] == "/somewhere"
    assert environment["XDG_STATE_HOME"] == "/somewhere/state"
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["UNRELATED"] == "kept"


@pytest.fixture
def local_sink() -> Iterator[sink.Sink]:
    """Run a sink on a thread of this process."""
    with sink.Sink() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_stock_exporter_compresses_at_level_1(local_sink: sink.Sink) -> None:
    """What the bare side sends is gzip of level 1, for that is what it is compared at."""
    path = "/bare/v1/logs"
    exporter = export.bare_exporter(f"http://127.0.0.1:{local_sink.server_port}{path}")
    with sides.bare_logger(exporter, batch=8) as (provider, logger):
        sides.emit_all(logger, Events().clean(3))
        provider.force_flush()
        (body,) = local_sink.bodies[path]
    assert body[:3] == b"\x1f\x8b\x08"
    assert body[8] == 4  # XFL of RFC 1952: the fastest algorithm


def test_sink_counts_what_arrived(local_sink: sink.Sink) -> None:
    """The sink says once how many requests, records and bytes came under a path, apart from other paths."""
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for _ in range(3):
        records.add()
    body = gzip.compress(request.SerializeToString())
    connection = http.client.HTTPConnection("127.0.0.1", local_sink.server_port)
    for path in ("/ours/v1/logs", "/ours/v1/logs", "/bare/v1/logs"):
        connection.request("POST", path, body)
        assert connection.getresponse().read() == b""
    connection.close()
    remote = sink.RemoteSink(local_sink.server_port)
    assert remote.take("ours") == (2, 6, 2 * len(body))
    assert remote.take("ours") == (0, 0, 0)
    assert remote.take("bare") == (1, 3, len(body))


def test_sink_counts_spans(local_sink: sink.Sink) -> None:
    """Under a path for traces it is spans that are counted."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add()
    body = gzip.compress(request.SerializeToString())
    connection = http.client.HTTPConnection("127.0.0.1", local_sink.server_port)
    connection.request("POST", "/ours/v1/traces", body)
    connection.getresponse().read()
    connection.close()
    remote = sink.RemoteSink(local_sink.server_port)
    assert remote.take("ours") == (0, 0, 0)
    assert remote.take("ours", "traces") == (1, 1, len(body))


class RefusingTransport(track.DiscardingTransport):
    """Take nothing."""

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Say that nothing will ever be taken."""
        del prepared, timeout_s
        return Outcome(Verdict.REFUSED)


@pytest.mark.parametrize("benchmark", export.benchmarks(), ids=lambda each: each.name)
def test_export_measures_both_sides(benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides of the `export` benchmarks send everything to the other process, and take time and bytes for it."""
    monkeypatch.setattr(harness, "WARM_UP_ROUNDS", 0)
    cpu, size = harness.run(benchmark, rounds=1, calls=20, rng=random.Random(1))
    assert min(*cpu.ours, *cpu.bare, *size.ours, *size.bare) > 0.0


@pytest.mark.parametrize(
    "side, base", [("ours", "imported"), ("bare", "configured"), ("ours", "recorded"), ("bare", "recorded")]
)
def test_started_process_prints_its_figures(side: str, base: str) -> None:
    """A started process says how long it took and how large it is."""
    time_ms, resident_mb = startup.start(side, base, os.environ)
    assert time_ms > 0.0
    assert 1.0 < resident_mb < 1000.0


def test_lost_spans_end_the_run() -> None:
    """A side that did not deliver all of its spans is none to compare with either, whichever it is."""
    with sides.our_tracer(RefusingTransport(), batch=8) as (pipeline, tracer):
        sides.record_all(tracer, Spans().clean(2))
        with pytest.raises(sides.LostRecordsError, match="rejected"):
            sides.flush_spans(pipeline)
    exporter = spans.DiscardingSpanExporter()
    with sides.bare_tracer(exporter, batch=8) as (provider, tracer):
        sides.record_all(tracer, Spans().clean(2))
        with pytest.raises(sides.LostRecordsError, match="2 of 3"):
            spans.flush_bare(provider, exporter, 3)


def test_lost_records_end_the_run() -> None:
    """A side that did not deliver everything is no side to compare with."""
    with sides.our_collector(batch=8, transports={"logs": RefusingTransport()}) as collector:
        sides.track_all(collector, Events().clean(2))
        with pytest.raises(sides.LostRecordsError, match="rejected"):
            sides.flush_ours(collector)


class Measured:
    """Stands in for the rows: it notes what was asked for, and answers with one result."""

    def __init__(self, ours: float) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self._ours = ours

    def run(self, benchmark: Benchmark, *, rounds: int, calls: int, rng: random.Random) -> tuple[Result, ...]:
        """Note the rounds and calls of a benchmark."""
        del rng
        self.asked.append((benchmark.name, rounds, calls))
        return (Result(RATIO, calls, (self._ours,), (10.0,)),)


@pytest.mark.parametrize(
    "ours, arguments, status", [(9.0, [], 0), (9.0, ["--check"], 1), (7.0, ["--check"], 0), (7.0, [], 0)]
)
def test_exit_status(
    ours: float,
    arguments: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A missed budget is always shown, and fails the command under --check alone."""
    monkeypatch.setattr(command, "run", Measured(ours).run)
    kept = tmp_path / "kept" / "figures.json"
    assert command.main([*arguments, "--only", "track", "--json", str(kept)]) == status
    assert ("MISSED" in capsys.readouterr().out) == (ours == 9.0)
    assert json.loads(kept.read_text())["rows"][0]["holds"] is (ours == 7.0)


@pytest.mark.parametrize(
    "arguments, asked",
    [
        (["--only", "export"], [("export", 31, 5120)]),
        (["--only", "track", "--only", "startup", "--quick"], [("track", 5, 1000), ("startup", 5, 1)]),
        (["--only", "track", "--rounds", "3"], [("track", 3, 5000)]),
        (["--only", "track", "--quick", "--rounds", "2"], [("track", 2, 1000)]),
    ],
)
def test_options(
    arguments: list[str], asked: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """--only chooses, --quick cuts rounds and calls, and --rounds has the last word on rounds."""
    measured = Measured(1.0)
    monkeypatch.setattr(command, "run", measured.run)
    command.main([*arguments, "--json", str(tmp_path / "figures.json")])
    assert measured.asked == asked


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--only", "unknown"]])
def test_bad_options(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be measured is refused with status 2, before anything is."""
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_environment_decides_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings of the environment, and proxies, are taken out before anything is measured."""
    settings = ("OTEL_SDK_DISABLED", "CLIPPY_OTEL_DEBUG", "HTTP_PROXY", "https_proxy")
    for name in (*settings, "UNRELATED"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setattr(command, "run", Measured(1.0).run)
    command.main(["--only", "track", "--json", str(tmp_path / "figures.json")])
    assert not os.environ.keys() & set(settings)
    assert os.environ["UNRELATED"] == "true"
