"""One of several processes on one state directory, which does what it is told line by line, and records meanwhile.

Run with its settings in JSON. Told "about USER COUNT TEXT" it makes so many records about that user; "purge USER" has
its spool erase what is about that user; "pseudonym USER" has it say what stands for that user. When it has done
something it says "done"; where there is nothing more to do, it ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

import clippy_otel

EVERY_S = 0.002


def say(line: str) -> None:
    """Write a line at once."""
    os.write(1, f"{line}\n".encode())


def record_about_others(telemetry: clippy_otel.Telemetry, ending: threading.Event) -> None:
    """Record about somebody else all the time."""
    number = 0
    while not ending.wait(EVERY_S):
        with telemetry.scope(user_id=f"other-{number % 7}"):
            telemetry.collector.track("other", {"n": number})
        number += 1


def main(settings: dict[str, Any]) -> None:
    """Configure, and do what is asked for."""
    telemetry = clippy_otel.configure("member", **settings)
    telemetry.prepare()
    pipeline = telemetry._pipeline
    assert isinstance(pipeline, clippy_otel.pipeline.Pipeline)
    disk = pipeline.worker._backlog._disk
    assert disk is not None
    ending = threading.Event()
    others = threading.Thread(target=record_about_others, args=(telemetry, ending))
    others.start()
    say("ready")
    for line in sys.stdin:
        order, *arguments = line.split()
        if order == "about":
            user, count, text = arguments
            with telemetry.scope(user_id=user):
                for number in range(int(count)):
                    telemetry.collector.track("about", {"n": number, "text": text})
        elif order == "purge":
            disk.purge(subject=pipeline.intake.subjects([arguments[0]]))
        elif order == "pseudonym":
            say(pipeline.pseudonym(arguments[0]))
        say("done")
    ending.set()
    others.join()
    telemetry.shutdown(2000)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
