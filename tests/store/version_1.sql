-- The file of schema version 1, as it was created, with one record.
PRAGMA journal_mode = WAL;
CREATE TABLE resources (id INTEGER PRIMARY KEY, attributes TEXT NOT NULL UNIQUE);
CREATE TABLE scopes (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, attributes TEXT NOT NULL,
        UNIQUE (name, version, attributes));
CREATE TABLE logs (
        id INTEGER PRIMARY KEY,
        time_unix_nano INTEGER NOT NULL,
        observed_time_unix_nano INTEGER NOT NULL,
        event_name TEXT NOT NULL,
        severity_number INTEGER NOT NULL,
        severity_text TEXT NOT NULL,
        body TEXT,
        attributes TEXT NOT NULL,
        trace_id TEXT,
        span_id TEXT,
        trace_flags INTEGER NOT NULL,
        session_id TEXT,
        event_id TEXT UNIQUE,
        dropped_attributes_count INTEGER NOT NULL,
        resource_id INTEGER NOT NULL REFERENCES resources (id),
        scope_id INTEGER NOT NULL REFERENCES scopes (id));
CREATE INDEX logs_by_time ON logs (time_unix_nano);
CREATE INDEX logs_by_event ON logs (event_name, time_unix_nano);
CREATE INDEX logs_by_session ON logs (session_id) WHERE session_id IS NOT NULL;
PRAGMA user_version = 1;
INSERT INTO resources VALUES (1, '{"service.name":"assistant"}');
INSERT INTO scopes VALUES (1, 'clippy_otel', '0.1', '{}');
INSERT INTO logs VALUES (1, 1, 2, 'old', 9, 'INFO', NULL, '{"n":1}', NULL, NULL, 0, NULL, 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee', 0, 1, 1);
