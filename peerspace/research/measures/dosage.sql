-- Dosage: how much support was offered and how much was used.

-- measure: exposure_hours
-- label: Hours of taking part
-- unit: hours
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: usage
-- formula: Time within the period that is covered by the person's enrolment (consent in force, account active and
--   unrestricted), in hours.
-- pitfalls: The person-time behind every other number of that person and period. It is not time spent on the site.
-- source: CONSORT-EHEALTH 5-viii; Eysenbach 2005
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
SELECT person_id, period, hours(exposed_us) AS value, missing FROM frame WHERE scope = 'usage';

-- measure: scope_hours
-- label: Hours covered by each consent scope
-- unit: hours
-- grain: person_period_channel
-- type: number
-- levels: channel holds the scope: usage, time, interactions, experience
-- scope: usage
-- formula: Time within the period in which the person's consent covered the scope, in hours.
-- pitfalls: A number that needs a scope covers only these hours of the period.
-- source: ISO/IEC TS 27560
-- tier: T2
-- disclosure: unseen
-- version: 1
SELECT person_id, period, scope AS channel, hours(exposed_us) AS value, '' AS missing FROM frame;

-- measure: exposure_offered
-- label: Exposure offered
-- unit: hours
-- grain: person_period_channel
-- type: number
-- levels: channel: forum, room, one_to_one
-- scope: usage
-- formula: Hours of the person's enrolment in the period during which the channel was open (at least one of its places),
--   minus outages.
-- pitfalls: Never days times rooms: two rooms open at once offer one hour an hour. Missing (logging_off) for rooms where
--   opening times were not supplied.
-- source: CONSORT-EHEALTH 5-viii; TIDieR 8
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
WITH listed AS (SELECT channel AS grp, from_us, to_us FROM availability),
open_time AS (
    SELECT grp AS channel, from_us, to_us FROM merged('listed')
    UNION ALL
    SELECT c.channel, w.from_us, w.cut_us FROM channel c CROSS JOIN study_window w
    WHERE c.channel <> 'room' AND c.channel NOT IN (SELECT channel FROM availability)
),
down AS (SELECT 0 AS grp, from_us, to_us FROM outage),
down_time AS (SELECT from_us, to_us FROM merged('down')),
offered AS (
    SELECT s.person_id, p.period, o.channel,
           greatest(s.from_us, p.from_us, o.from_us) AS from_us, least(s.to_us, p.to_us, o.to_us) AS to_us
    FROM spell s
    JOIN period p ON s.from_us < p.to_us AND s.to_us > p.from_us
    JOIN open_time o ON o.from_us < least(s.to_us, p.to_us) AND o.to_us > greatest(s.from_us, p.from_us)
),
gross AS (SELECT person_id, period, channel, sum(to_us - from_us) AS us FROM offered GROUP BY ALL),
lost AS (
    SELECT o.person_id, o.period, o.channel, sum(overlap_us(o.from_us, o.to_us, d.from_us, d.to_us)) AS us
    FROM offered o JOIN down_time d ON d.from_us < o.to_us AND d.to_us > o.from_us GROUP BY ALL
)
SELECT f.person_id, f.period, f.channel,
       CASE WHEN k.known THEN hours(coalesce(g.us, 0) - coalesce(l.us, 0)) END AS value,
       CASE WHEN k.known THEN '' ELSE 'logging_off' END AS missing
FROM channel_frame f
JOIN (SELECT channel, channel <> 'room' OR channel IN (SELECT channel FROM availability) AS known FROM channel) k
  ON k.channel = f.channel
LEFT JOIN gross g ON g.person_id = f.person_id AND g.period = f.period AND g.channel = f.channel
LEFT JOIN lost l ON l.person_id = f.person_id AND l.period = f.period AND l.channel = f.channel
WHERE f.scope = 'usage';

-- measure: sessions
-- label: Sessions (30 minutes)
-- unit: sessions
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: usage
-- formula: Number of sessions of the person's own actions that start in the period. A new session begins when the pause
--   since the last own action is strictly longer than 30 minutes. Own actions: starting a thread, posting, sending a
--   message, reacting, opening a thread, joining a room.
-- pitfalls: Someone who only reads a thread that is already open acts once. Sessions are of actions seen, not of screens.
-- source: Halfaker 2015
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM session WHERE limit_min = 30 GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: sessions_60
-- label: Sessions (60 minutes)
-- unit: sessions
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: usage
-- formula: As sessions, with a pause strictly longer than 60 minutes.
-- pitfalls: To show how far results hang on the limit; not to be added to sessions.
-- source: Halfaker 2015
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM session WHERE limit_min = 60 GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: sessions_by_limit
-- label: Sessions under each limit
-- unit: sessions
-- grain: aggregate
-- type: integer
-- levels: stat: gap_15, gap_30, gap_60 (the limit in minutes)
-- scope: usage
-- formula: Sessions of everybody over the whole window for each limit; n is the people with at least one.
-- pitfalls: A check of sensitivity, not an outcome.
-- source: Halfaker 2015
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
SELECT 0 AS period, 'all' AS channel, 'gap_' || l.limit_min AS stat, count(s.person_id) AS value,
       count(DISTINCT s.person_id) AS n, '' AS missing
FROM session_limit l LEFT JOIN session s ON s.limit_min = l.limit_min
GROUP BY l.limit_min;

-- measure: active_minutes
-- label: Active minutes
-- unit: minutes
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: usage
-- formula: Over the 30-minute sessions that start in the period: sum of min(pause between two own actions, 5 minutes),
--   plus 1 minute a session.
-- pitfalls: An estimate from actions. Quiet reading is not in it; heartbeat_minutes measures that, apart.
-- source: Halfaker 2015
-- tier: T0 T1 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, minutes(sum(active_us)) AS value FROM session WHERE limit_min = 30 GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: heartbeat_minutes
-- label: Heartbeat minutes
-- unit: minutes
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: time
-- formula: Minutes within the period covered by at least one heartbeat of a visible tab (the stretch that ends when the
--   heartbeat is sent). Tabs open at once count once.
-- pitfalls: A visible tab is not a reading person. Never added to active minutes.
-- source: Perski 2017; Yardley 2016
-- tier: T0 T1 T2
-- disclosure: unseen
-- version: 1
WITH beats AS (SELECT person_id AS grp, at_us - duration_us AS from_us, at_us AS to_us FROM event WHERE kind = 'heartbeat')
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT m.grp AS person_id, p.period, minutes(sum(overlap_us(m.from_us, m.to_us, p.from_us, p.to_us))) AS value
    FROM merged('beats') m JOIN period p ON m.from_us < p.to_us AND m.to_us > p.from_us
    GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'time';

-- measure: days_active
-- label: Days active
-- unit: days
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: usage
-- formula: Distinct blocks of 24 hours, counted from the start of the period, with at least one own action.
-- pitfalls: Blocks follow the window's start (UTC), not the person's calendar.
-- source: CONSORT-EHEALTH 6a-ii
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT a.person_id, a.period, count(DISTINCT (a.at_us - p.from_us) // 86400000000) AS value
    FROM own_action a JOIN period p USING (period) GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: weeks_active
-- label: Weeks active
-- unit: weeks
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: usage
-- formula: Distinct blocks of 7 times 24 hours, counted from the start of the period, with at least one own action.
-- pitfalls: A fellow member can see most of it; coarsen before release.
-- source: CONSORT-EHEALTH 6a-ii
-- tier: T0 T1 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT a.person_id, a.period, count(DISTINCT (a.at_us - p.from_us) // 604800000000) AS value
    FROM own_action a JOIN period p USING (period) GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: threads_opened
-- label: Threads opened
-- unit: threads
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: usage
-- formula: Distinct threads the person opened to read in the period.
-- pitfalls: Opened is not read.
-- source: Yardley 2016
-- tier: T0 T1 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT person_id, period, count(DISTINCT place) AS value FROM event WHERE kind = 'thread_opened' GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: threads_read
-- label: Threads read
-- unit: threads
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: time
-- formula: Distinct threads that stood in a visible tab for 5 seconds or more at a time, in the period.
-- pitfalls: Needs consent to time; missing without it, not zero.
-- source: Yardley 2016
-- tier: T0 T1 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT person_id, period, count(DISTINCT place) AS value FROM event
    WHERE kind = 'thread_read' AND duration_us >= 5000000 GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'time';

-- measure: dose_received
-- label: Dose received
-- unit: share of the intended use
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: usage
-- formula: The measure the study names (sessions, active_minutes, days_active or weeks_active) divided by its stated and
--   justified intended use, in proportion to the part of the period the person was enrolled.
-- pitfalls: Without a stated and justified intended use there is no adherence; missing (not_applicable) then. May exceed 1.
-- source: Sieverink 2017
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
WITH used AS (
    SELECT 'sessions' AS measure, person_id, period, value::DOUBLE AS value FROM measure_sessions
    UNION ALL SELECT 'active_minutes', person_id, period, value FROM measure_active_minutes
    UNION ALL SELECT 'days_active', person_id, period, value FROM measure_days_active
    UNION ALL SELECT 'weeks_active', person_id, period, value FROM measure_weeks_active
)
SELECT f.person_id, f.period,
       v.value / (i.per_period * f.exposed_us / w.period_us) AS value,
       CASE WHEN i.measure IS NULL THEN 'not_applicable' ELSE '' END AS missing
FROM frame f CROSS JOIN study_window w
LEFT JOIN intended_use i ON true
LEFT JOIN used v ON v.person_id = f.person_id AND v.period = f.period AND v.measure = i.measure
WHERE f.scope = 'usage';
