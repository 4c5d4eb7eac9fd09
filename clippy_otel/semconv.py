"""Every attribute, event and metric name that this package writes, once.

OpenTelemetry's own names where it has one (semantic conventions 1.43, the incubating ones included); `clippy.*` where
it has none. Beside each name of our own: its unit or shape, and how many different values it can take.
"""

from __future__ import annotations

from typing import Final

# Resource and instrumentation scope
SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
SERVICE_INSTANCE_ID: Final = "service.instance.id"  # a UUID a process
DEPLOYMENT_ENVIRONMENT_NAME: Final = "deployment.environment.name"
TELEMETRY_DISTRO_NAME: Final = "telemetry.distro.name"
TELEMETRY_DISTRO_VERSION: Final = "telemetry.distro.version"
DISTRO_NAME: Final = "clippy_otel"

# On every event
LOG_RECORD_UID: Final = "log.record.uid"
SESSION_ID: Final = "session.id"
SESSION_PREVIOUS_ID: Final = "session.previous_id"
USER_ID: Final = "user.id"  # the keyed pseudonym, unless user_ids="raw"
GEN_AI_CONVERSATION_ID: Final = "gen_ai.conversation.id"
SAMPLING_WEIGHT: Final = "sampling.weight"  # 1 / rate: how many records this one stands for

# Events
EVENT_SESSION_START: Final = "session.start"
EVENT_SESSION_END: Final = "session.end"
EVENT_EXCEPTION: Final = "exception"
EVENT_UNNAMED: Final = "unnamed"  # an event whose name was empty
# What custom transports and the console call that which is no event; on no wire.
TYPE_LOG: Final = "log"  # a log record without an event's name
TYPE_METRIC: Final = "performance.metric"  # one collection of one metric's series

# Exceptions
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
ERROR_ID: Final = "clippy.error.id"  # what capture_error and track_error return; unique a record
ERROR_FINGERPRINT: Final = "clippy.error.fingerprint"  # 16 hex digits; bounded by the error groups
ERROR_CONTEXT: Final = "clippy.error.context"  # what the caller said about it, a kvlist
ERROR_BREADCRUMBS: Final = "clippy.error.breadcrumbs"  # what led to it, a list of kvlists; max_breadcrumbs at most

# Records of Python's `logging`
CODE_FILE_PATH: Final = "code.file.path"
CODE_FUNCTION_NAME: Final = "code.function.name"
CODE_LINE_NUMBER: Final = "code.line.number"

# On the spans of decorated functions
ARGUMENT_PREFIX: Final = "clippy.argument."  # and a parameter's name, which the program's text bounds
CHUNK_COUNT: Final = "clippy.stream.chunk_count"  # what a generator yielded, an int
TIME_TO_FIRST_CHUNK_MS: Final = "clippy.stream.time_to_first_chunk_ms"  # from its first step on, a double
CLOSED_EARLY: Final = "clippy.stream.closed_early"  # True, where its consumer left it before its end

# Log severities (OpenTelemetry logs data model, SeverityNumber)
SEVERITY_INFO: Final = 9
SEVERITY_ERROR: Final = 17
SEVERITY_MIN: Final = 1
SEVERITY_MAX: Final = 24

# Metrics
OTEL_METRIC_OVERFLOW: Final = "otel.metric.overflow"  # true on the series that stands for all beyond the limit
METRIC_OVERFLOW: Final = "clippy.metric.overflow"  # "{measurement}": those of names beyond the limit; no attributes
