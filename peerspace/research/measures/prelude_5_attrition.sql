-- When use ended (Eysenbach 2005). Seen over a person's first unbroken stretch of taking part, from their first own
-- action to C, the earliest of cut, stop, leave, restriction or suspension. Everybody who started is at risk from their
-- first action to C; nobody is left out and no time is moved.
--   lapse: happens when it is confirmed, 28 days after the last action before the first pause of 28 days or more (the
--     pause up to C counts). Placed at the start of the pause it would be an event that only those who were followed
--     for 28 days more can have: with staggered entry that made attrition look far smaller than it was.
--   final non-usage: confirmed 28 days after the last action, if they fit before C.
--   neither: censored at C.
--   leaving and suspension compete with a lapse: they are events of their own, at C.
-- Times are microseconds from the first action. possible_us: how long the person could have been followed: to the stop
-- or the cut; whoever left or was suspended could have been followed to the cut.
CREATE OR REPLACE TABLE attrition AS
WITH acted AS (
    SELECT s.person_id, s.to_us AS end_us, s.end_reason, a.at_us,
           coalesce(lead(a.at_us) OVER (PARTITION BY s.person_id ORDER BY a.at_us, a.id), s.to_us) AS next_us
    FROM spell s JOIN own_action a ON a.person_id = s.person_id AND a.at_us BETWEEN s.from_us AND s.to_us
    WHERE s.spell_no = 1
),
summed AS (
    SELECT person_id, end_us, end_reason, min(at_us) AS first_us, max(at_us) AS last_us,
           min(at_us) FILTER (WHERE next_us - at_us >= 28 * 86400000000) AS pause_us,
           end_us - max(at_us) >= 28 * 86400000000 AS stopped_using
    FROM acted GROUP BY person_id, end_us, end_reason
)
SELECT p.person_id, t.first_us IS NOT NULL AS started, s.end_reason,
       t.pause_us IS NOT NULL AS lapsed,
       coalesce(t.stopped_using, false) AS stopped_using,
       t.pause_us IS NULL AND t.first_us IS NOT NULL AND s.end_reason IN ('left', 'suspended') AS departed,
       t.pause_us - t.first_us AS pause_us,
       CASE WHEN t.stopped_using THEN t.last_us - t.first_us END AS final_us,
       coalesce(t.pause_us + 28 * 86400000000, t.end_us) - t.first_us AS observed_us,
       CASE WHEN t.stopped_using THEN t.last_us + 28 * 86400000000 ELSE t.end_us END - t.first_us AS final_observed_us,
       CASE WHEN s.end_reason IN ('left', 'suspended') THEN getvariable('window_cut_us') ELSE t.end_us END
           - t.first_us AS possible_us
FROM person p
JOIN spell s ON s.person_id = p.person_id AND s.spell_no = 1
LEFT JOIN summed t ON t.person_id = p.person_id;

CREATE OR REPLACE TABLE lapse_curve AS
WITH observations AS (
    SELECT 'all' AS grp, observed_us, lapsed AS event, possible_us FROM attrition WHERE started
)
FROM km('observations');

CREATE OR REPLACE TABLE final_curve AS
WITH observations AS (
    SELECT 'all' AS grp, final_observed_us AS observed_us, stopped_using AS event, possible_us
    FROM attrition WHERE started
)
FROM km('observations');

-- ending_curve: Aalen-Johansen. Of those who started, the share who had lapsed, and the share who had left or been
-- suspended first, by each time: sum over times of (share still free of either just before) x (events / at risk).
CREATE OR REPLACE TABLE ending_curve AS
WITH counted AS (
    SELECT observed_us, count(*) AS leaving, count(*) FILTER (WHERE lapsed) AS lapses,
           count(*) FILTER (WHERE departed) AS departures, max(possible_us) AS possible_us
    FROM attrition WHERE started GROUP BY observed_us
),
risk AS (
    SELECT *, sum(leaving) OVER (ORDER BY observed_us DESC ROWS UNBOUNDED PRECEDING) AS at_risk,
           max(possible_us) OVER () AS last_us
    FROM counted
),
free AS (
    SELECT *, coalesce(product(1 - (lapses + departures) / at_risk)
                       OVER (ORDER BY observed_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 1.0) AS free_before
    FROM risk
)
SELECT observed_us, at_risk::BIGINT AS at_risk, last_us,
       sum(free_before * lapses / at_risk) OVER (ORDER BY observed_us ROWS UNBOUNDED PRECEDING) AS lapsed,
       sum(free_before * departures / at_risk) OVER (ORDER BY observed_us ROWS UNBOUNDED PRECEDING) AS departed
FROM free;

-- The grid of four-week steps, as far as the window reaches.
CREATE OR REPLACE TABLE attrition_mark AS
SELECT 'day_' || (28 * step) AS stat, step * 28 * 86400000000 AS mark_us
FROM (SELECT unnest(range(1, 1 + ((cut_us - from_us) // (28 * 86400000000))::BIGINT)) AS step FROM study_window);
