-- The tables the measures read. Loaded by load.py; nothing here leaves the engine by itself.
-- Times are UTC microseconds since 1970. No column holds NULL: 0, '' or 'none' stand for nothing.

CREATE TABLE usage_event (
    id BIGINT NOT NULL,
    participant_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    at_us BIGINT NOT NULL,
    modality VARCHAR NOT NULL,
    synchrony VARCHAR NOT NULL,
    place VARCHAR NOT NULL,
    item VARCHAR NOT NULL,
    reply_to VARCHAR NOT NULL,
    other_participant VARCHAR NOT NULL,
    other_class VARCHAR NOT NULL,
    giver_role VARCHAR NOT NULL,
    giver_training VARCHAR NOT NULL,
    giver_pay VARCHAR NOT NULL,
    length_chars BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    position_from BIGINT NOT NULL,
    position_to BIGINT NOT NULL
);

-- One row per stretch of time in which a person's scopes did not change. A person may have several participant ids
-- (consent periods) and several rows. `scopes` is a list parted by spaces and always holds `usage`.
CREATE TABLE enrolment (
    person_id VARCHAR NOT NULL,
    participant_id VARCHAR NOT NULL,
    from_us BIGINT NOT NULL,
    to_us BIGINT NOT NULL,
    end_reason VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL
);

CREATE TABLE study_window (from_us BIGINT NOT NULL, cut_us BIGINT NOT NULL, period_us BIGINT NOT NULL);
CREATE TABLE period (period INTEGER NOT NULL, from_us BIGINT NOT NULL, to_us BIGINT NOT NULL, complete BOOLEAN NOT NULL);
CREATE TABLE session_limit (limit_min BIGINT NOT NULL);

-- Optional. When a channel was open to everybody; a channel without rows is taken as always open if it is the forum or
-- one-to-one, and as unknown (`logging_off`) if it is rooms.
CREATE TABLE availability (channel VARCHAR NOT NULL, from_us BIGINT NOT NULL, to_us BIGINT NOT NULL);
-- Optional. When nothing could be used or recorded.
CREATE TABLE outage (from_us BIGINT NOT NULL, to_us BIGINT NOT NULL);
-- Optional, one row at most. The study's stated and justified intended use in a full period.
CREATE TABLE intended_use (measure VARCHAR NOT NULL, per_period DOUBLE NOT NULL);
