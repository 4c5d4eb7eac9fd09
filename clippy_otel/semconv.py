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
USER_KEYS: Final = ("userId", "user_id", USER_ID, "enduser.id")  # where data says whom it is about
GEN_AI_CONVERSATION_ID: Final = "gen_ai.conversation.id"
SAMPLING_WEIGHT: Final = "sampling.weight"  # 1 / rate: how many records one stands for; 0: kept for its outcome

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

# Errors: what else is known of them, and how they were recovered from
EXCEPTION_ESCAPED: Final = "exception.escaped"  # False where the application has handled it
EVENT_ERROR_RECOVERY: Final = "error.recovery"
ERROR_RECOVERED: Final = "clippy.error.recovered"  # whether an attempt succeeded, a bool
ERROR_RECOVERY_STRATEGY: Final = "clippy.error.recovery.strategy"  # the application's word, such as "retry"; few
METRIC_ERRORS: Final = "clippy.errors"  # "{error}", by severity (5) and exception.type
METRIC_ERROR_RECOVERIES: Final = "clippy.error.recoveries"  # "{recovery}", by success (2) and strategy
SEVERITY: Final = "severity"  # on metrics, ErrorSeverity's word
SUCCESS: Final = "success"  # on metrics, a bool
STRATEGY: Final = "strategy"  # on metrics; absent where none was named

# Where a record belongs; read by `sampling_rules`, never written
HTTP_ROUTE: Final = "http.route"
URL_PATH: Final = "url.path"

# Records of Python's `logging`
CODE_FILE_PATH: Final = "code.file.path"
CODE_FUNCTION_NAME: Final = "code.function.name"
CODE_LINE_NUMBER: Final = "code.line.number"

# On the spans of decorated functions
ARGUMENT_PREFIX: Final = "clippy.argument."  # and a parameter's name, which the program's text bounds
CHUNK_COUNT: Final = "clippy.stream.chunk_count"  # what a generator yielded, an int
TIME_TO_FIRST_CHUNK_MS: Final = "clippy.stream.time_to_first_chunk_ms"  # from its first step on, a double
CLOSED_EARLY: Final = "clippy.stream.closed_early"  # True, where its consumer left it before its end

# AI operations (the GenAI conventions; what of ours stands beside them is `clippy.ai.*`)
ERROR_TYPE: Final = "error.type"  # an exception's class, or the caller's word
GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
GEN_AI_TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"  # seconds, a double
GEN_AI_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
GEN_AI_TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - "input" or "output"
# What instrumentations wrote before version 1.37 of the conventions, and many do still; read, never written.
GEN_AI_SYSTEM: Final = "gen_ai.system"
GEN_AI_PROMPT_TOKENS: Final = "gen_ai.usage.prompt_tokens"
GEN_AI_COMPLETION_TOKENS: Final = "gen_ai.usage.completion_tokens"
# What was asked and answered: on spans only with `capture_content`, as JSON text
GEN_AI_SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"
GEN_AI_INPUT_MESSAGES: Final = "gen_ai.input.messages"
GEN_AI_OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
# Every key under which GenAI instrumentations write content, as fnmatch patterns for whole keys; "?" is a separator.
_AI_CONTENT_KEYS: Final = (
    *("gen_ai?system_instructions", "gen_ai?input?messages*", "gen_ai?output?messages*"),
    *("gen_ai?tool?call?arguments", "gen_ai?tool?call?result"),
    *("gen_ai?retrieval?query?text", "gen_ai?retrieval?documents*"),
    # Before version 1.37; an index and a field behind it are of OpenLLMetry, as are traceloop's and llm.prompts.
    *("gen_ai?prompt", "gen_ai?prompt.*.*", "gen_ai?completion", "gen_ai?completion.*.*", "gen_ai?event?content"),
    *("gen_ai?*?message", "gen_ai?choice", "gen_ai?content?*"),
    *("traceloop?entity?input", "traceloop?entity?output", "llm.prompts*", "llm.completions*"),
    # OpenInference
    *("input?value", "output?value", "llm.input_messages*", "llm.output_messages*", "llm?prompt_template?variables"),
    *("retrieval.documents*", "reranker?query", "reranker.*_documents*", "embedding?text", "embedding.embeddings*"),
    # Langfuse, Pydantic AI, MLflow
    *("langfuse.*.input", "langfuse.*.output", "pydantic_ai?all_messages", "all?messages?events"),
    *("mlflow?spaninputs", "mlflow?spanoutputs"),
)
AI_CONTENT_KEYS: Final = tuple(key.replace("?", "[._-]") for key in _AI_CONTENT_KEYS)
# Events that are one message, of before version 1.37: all of their body, and the attributes that are not named below.
AI_MESSAGE_EVENTS: Final = frozenset(
    {
        *("gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message"),
        *("gen_ai.choice", "gen_ai.content.prompt", "gen_ai.content.completion"),
    }
)
LOG_EVENT_NAME: Final = "event.name"  # of log records that have no event's name of their own yet; read, never written
AI_MESSAGE_FACTS: Final = frozenset({"role", "index", "id", "finish_reason", LOG_EVENT_NAME, SESSION_ID, USER_ID})
GEN_AI_PREFIX: Final = "gen_ai."
EVENT_EVALUATION_RESULT: Final = "gen_ai.evaluation.result"
GEN_AI_EVALUATION_NAME: Final = "gen_ai.evaluation.name"
GEN_AI_EVALUATION_SCORE: Final = "gen_ai.evaluation.score.value"
GEN_AI_EVALUATION_LABEL: Final = "gen_ai.evaluation.score.label"
EVALUATION_USER_FEEDBACK: Final = "user_feedback"  # the evaluation's name where a user has judged
METRIC_GEN_AI_OPERATION_DURATION: Final = "gen_ai.client.operation.duration"  # "s"
METRIC_GEN_AI_TIME_TO_FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"  # "s"
METRIC_GEN_AI_TOKEN_USAGE: Final = "gen_ai.client.token.usage"  # noqa: S105 - "{token}", by gen_ai.token.type
METRIC_AI_TOKENS: Final = "clippy.ai.tokens"  # "{token}", of both types together; also a span's attribute
METRIC_AI_CONTEXT_SIZE: Final = "clippy.ai.context.size"  # "By"; also a span's attribute, an int
METRIC_AI_PHASE_DURATION: Final = "clippy.ai.phase.duration"  # "s", by phase
PHASE: Final = "phase"  # on metrics, the application's name of it; 32 an operation at most
AI_OPERATION_ID: Final = "clippy.ai.operation.id"  # 32 hex digits, on the span and on what is said of it later
AI_PHASE_MS: Final = "clippy.ai.phase.%s_ms"  # on spans, a double for each phase

# Web vitals (semantic conventions 1.43)
EVENT_WEB_VITAL: Final = "browser.web_vital"
WEB_VITAL_NAME: Final = "browser.web_vital.name"
WEB_VITAL_VALUE: Final = "browser.web_vital.value"  # milliseconds; of cls a plain number
WEB_VITAL_DELTA: Final = "browser.web_vital.delta"
WEB_VITAL_ID: Final = "browser.web_vital.id"
WEB_VITAL_RATING: Final = "browser.web_vital.rating"
WEB_VITAL_NAVIGATION_TYPE: Final = "browser.web_vital.navigation_type"
METRIC_WEB_VITAL: Final = "browser.web_vital.%s"  # one a vital: "ms", of cls "1"; by rating and navigation_type
RATING: Final = "rating"  # on metrics; one of 3
NAVIGATION_TYPE: Final = "navigation_type"  # on metrics; one of 7

# Usage: features, conversations, providers and proactive suggestions
EVENT_FEATURE_USED: Final = "feature.used"
FEATURE_ID: Final = "feature.id"  # on events any text; on metrics that of the first pairs with an action, 200 of them
FEATURE_ACTION: Final = "feature.action"  # what was done with it, such as "used"; likewise
EVENT_CONVERSATION_START: Final = "conversation.start"
EVENT_CONVERSATION_MESSAGE: Final = "conversation.message"
EVENT_CONVERSATION_END: Final = "conversation.end"
MESSAGE_LENGTH: Final = "conversation.message.length"  # in the application's unit, a number of 0 or more
MESSAGE_ROLE: Final = "conversation.message.role"  # "user", "assistant", or the application's own word
CONVERSATION_COMPLETED: Final = "conversation.completed"  # a bool
CONVERSATION_DURATION_MS: Final = "conversation.duration_ms"  # a double; absent where its start is not known
EVENT_PROVIDER_REQUEST: Final = "provider.request"
REQUEST_DURATION_MS: Final = "provider.request.duration_ms"  # a number of 0 or more
REQUEST_SUCCESS: Final = "provider.request.success"  # a bool
REQUEST_TOKENS: Final = "provider.request.tokens"  # a number of 0 or more, of input and output together
EVENT_PROACTIVE_SUGGESTION: Final = "proactive.suggestion"
EVENT_PROACTIVE_ACCEPT: Final = "proactive.accept"
EVENT_PROACTIVE_DISMISS: Final = "proactive.dismiss"
SUGGESTION_ID: Final = "proactive.suggestion.id"
TIME_TO_ACCEPT_MS: Final = "proactive.time_to_accept_ms"  # a double; absent where it is not known
DISMISSAL_REASON: Final = "proactive.dismissal.reason"  # the application's words
METRIC_FEATURE_USES: Final = "clippy.feature.uses"  # "{use}", by feature.id and feature.action, 200 pairs and "other"
METRIC_CONVERSATION_DURATION: Final = "clippy.conversation.duration"  # "s"
METRIC_PROVIDER_DURATION: Final = "clippy.provider.duration"  # "s", by provider (32 and "other") and success (2)
METRIC_SUGGESTIONS: Final = "clippy.proactive.suggestions"  # "{suggestion}", by outcome
METRIC_TIME_TO_ACCEPT: Final = "clippy.proactive.time_to_accept"  # "s"
PROVIDER: Final = "provider"  # on metrics
OUTCOME: Final = "outcome"  # on metrics: "shown", "accepted", "dismissed" or "ignored"; of records: a ledger's column

# Health
EVENT_HEALTH_STATUS_CHANGE: Final = "health.status_change"
HEALTH_SERVICE: Final = "clippy.health.service"  # the application's name of it, one of 100; absent: all together
HEALTH_STATUS: Final = "clippy.health.status"  # "healthy", "unknown", "degraded" or "unhealthy"
HEALTH_PREVIOUS_STATUS: Final = "clippy.health.previous_status"  # likewise
HEALTH_MESSAGE: Final = "clippy.health.message"  # 512 characters at most
HEALTH_DETAILS: Final = "clippy.health.details"  # what the check said beside, a kvlist
HEALTH_CONSECUTIVE_FAILURES: Final = "clippy.health.consecutive_failures"  # an int
HEALTH_CRITICAL: Final = "clippy.health.critical"  # a bool
METRIC_HEALTH_STATUS: Final = "clippy.health.status"  # "1", 0 healthy to 3 unhealthy, by service
METRIC_HEALTH_CHECK_DURATION: Final = "clippy.health.check.duration"  # "s", by service
SERVICE: Final = "service"  # on metrics; one of 100

# The pipeline itself
METRIC_TELEMETRY_RECORDS: Final = "clippy.telemetry.records"  # "{record}", by signal (3) and outcome (18)
METRIC_SPOOL_SIZE: Final = "clippy.spool.size"  # "By", what waits on disk; no attributes
SIGNAL: Final = "signal"  # on metrics: "logs", "spans" or "metrics"

# Log severities (OpenTelemetry logs data model, SeverityNumber)
SEVERITY_INFO: Final = 9
SEVERITY_WARN: Final = 13
SEVERITY_ERROR: Final = 17
SEVERITY_MIN: Final = 1
SEVERITY_MAX: Final = 24

# Metrics
OTEL_METRIC_OVERFLOW: Final = "otel.metric.overflow"  # true on the series that stands for all beyond the limit
METRIC_OVERFLOW: Final = "clippy.metric.overflow"  # "{measurement}": those of names beyond the limit; no attributes
