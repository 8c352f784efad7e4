-- What people did, and the sessions it falls into.

-- contribution: what a person wrote. A place without a name is the pair itself (a conversation of two).
CREATE OR REPLACE TABLE contribution AS
SELECT id, person_id, kind, at_us, period, channel, synchrony, item, reply_to, other_person, other_class, length_chars,
       CASE WHEN place = '' AND other_person <> ''
            THEN least(person_id, other_person) || '|' || greatest(person_id, other_person)
            ELSE place END AS place
FROM event WHERE kind IN ('thread_started', 'post_written', 'message_written');

-- own_action: what a person deliberately did and `usage` alone covers, so that sessions mean the same for everybody
-- whatever other scopes they granted. Reading time, heartbeats and leaving a room (`time`), reports, blocks and marks
-- (`experience`) and everything done by others are left out.
CREATE OR REPLACE TABLE own_action AS
SELECT id, person_id, at_us, period, channel FROM event
WHERE kind IN ('thread_started', 'post_written', 'message_written', 'reaction_given', 'thread_opened', 'room_joined');

-- session: over all channels. A session belongs to the period in which it starts.
CREATE OR REPLACE TABLE session AS
WITH actions AS (SELECT person_id AS grp, id, at_us FROM own_action)
SELECT s.limit_min, s.grp AS person_id, s.session_no, s.from_us, s.to_us, s.actions, s.active_us,
       period_of(s.from_us) AS period
FROM split_sessions('actions') s;

-- channel_session: the same, seeing the actions in one channel only.
CREATE OR REPLACE TABLE channel_session AS
WITH actions AS (
    SELECT struct_pack(person_id := person_id, channel := channel) AS grp, id, at_us FROM own_action
)
SELECT s.limit_min, s.grp.person_id AS person_id, s.grp.channel AS channel, s.session_no, s.from_us, s.active_us,
       period_of(s.from_us) AS period
FROM split_sessions('actions') s
WHERE s.limit_min = 30;

-- stay: a person's time in one room, from `room_left` rows, since `time` was granted; overlapping ones (two tabs) are one.
CREATE OR REPLACE TABLE stay AS
WITH left_room AS (
    SELECT struct_pack(person_id := e.person_id, place := e.place) AS grp,
           greatest(e.at_us - e.duration_us, e.granted_us, getvariable('window_from_us')) AS from_us, e.at_us AS to_us
    FROM event e WHERE e.kind = 'room_left'
)
SELECT s.grp.person_id AS person_id, s.grp.place AS place, s.island AS stay_no, s.from_us, s.to_us,
       period_of(s.from_us) AS period
FROM merged('left_room') s;

-- stay_together: of each stay, the time with at least one more participant present, and who else spoke. The time is
-- read off a running total, per room, of the time with two or more people in it.
CREATE OR REPLACE TABLE stay_together AS
WITH step AS (
    SELECT place, at_us, sum(change) AS change
    FROM (SELECT place, from_us AS at_us, 1 AS change FROM stay UNION ALL SELECT place, to_us, -1 FROM stay)
    GROUP BY place, at_us
),
presence AS (
    SELECT place, at_us,
           sum(change) OVER (PARTITION BY place ORDER BY at_us) AS people,
           lead(at_us) OVER (PARTITION BY place ORDER BY at_us) AS next_us
    FROM step
),
total AS (
    SELECT place, at_us,
           coalesce(sum(CASE WHEN people >= 2 THEN next_us - at_us ELSE 0 END)
                    OVER (PARTITION BY place ORDER BY at_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
               AS together_us
    FROM presence
),
-- By the hour first: joining stays and messages of one room by time alone would compare each with each.
stay_hour AS (
    SELECT person_id, place, stay_no, from_us, to_us,
           unnest(range(from_us // 3600000000, to_us // 3600000000 + 1)) AS hour
    FROM stay
),
speaker AS (
    SELECT s.person_id, s.place, s.stay_no, count(DISTINCT c.person_id) AS speakers
    FROM stay_hour s JOIN contribution c
      ON c.place = s.place AND c.at_us // 3600000000 = s.hour AND c.channel = 'room' AND c.person_id <> s.person_id
     AND c.at_us BETWEEN s.from_us AND s.to_us
    GROUP BY s.person_id, s.place, s.stay_no
)
SELECT s.person_id, s.place, s.stay_no, s.period, s.to_us - s.from_us AS stay_us,
       (b.together_us - a.together_us)::BIGINT AS together_us, coalesce(k.speakers, 0) AS speakers
FROM stay s
JOIN total a ON a.place = s.place AND a.at_us = s.from_us
JOIN total b ON b.place = s.place AND b.at_us = s.to_us
LEFT JOIN speaker k ON k.person_id = s.person_id AND k.place = s.place AND k.stay_no = s.stay_no;
