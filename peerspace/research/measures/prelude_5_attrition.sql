-- When use ended (Eysenbach 2005). Seen over a person's first unbroken stretch of taking part, from their first own
-- action to C, the earliest of cut, stop, leave, restriction or suspension.
--   lapse: the last action before the first pause of 28 days or more (the pause up to C counts).
--   final non-usage: the last action, if 28 days follow it.
--   neither: censored at C - 28 days, but not before the first action, since a pause that began later was not over.
--   leaving and suspension compete with a lapse: they are events of their own, at C.
-- Times are microseconds from the first action.
CREATE OR REPLACE TABLE attrition AS
WITH acted AS (
    SELECT s.person_id, s.to_us AS end_us, s.end_reason, a.at_us,
           coalesce(lead(a.at_us) OVER (PARTITION BY s.person_id ORDER BY a.at_us, a.id), s.to_us) AS next_us
    FROM spell s JOIN own_action a ON a.person_id = s.person_id AND a.at_us BETWEEN s.from_us AND s.to_us
    WHERE s.spell_no = 1
),
summed AS (
    SELECT person_id, end_us, end_reason, min(at_us) AS first_us, max(at_us) AS last_us,
           min(at_us) FILTER (WHERE next_us - at_us >= 28 * 86400000000) AS lapse_us
    FROM acted GROUP BY person_id, end_us, end_reason
)
SELECT p.person_id, t.first_us IS NOT NULL AS started, s.end_reason,
       t.lapse_us IS NOT NULL AS lapsed,
       coalesce(t.end_us - t.last_us >= 28 * 86400000000, false) AS stopped_using,
       t.lapse_us IS NULL AND t.first_us IS NOT NULL AND s.end_reason IN ('left', 'suspended') AS departed,
       coalesce(t.lapse_us, greatest(t.end_us - 28 * 86400000000, t.first_us)) - t.first_us AS lapse_observed_us,
       CASE WHEN t.end_us - t.last_us >= 28 * 86400000000 THEN t.last_us
            ELSE greatest(t.end_us - 28 * 86400000000, t.first_us) END - t.first_us AS final_observed_us,
       t.end_us - t.first_us AS followed_us
FROM person p
JOIN spell s ON s.person_id = p.person_id AND s.spell_no = 1
LEFT JOIN summed t ON t.person_id = p.person_id;

CREATE OR REPLACE TABLE lapse_curve AS
WITH observations AS (SELECT 'all' AS grp, lapse_observed_us AS observed_us, lapsed AS event FROM attrition WHERE started)
FROM km('observations');

CREATE OR REPLACE TABLE final_curve AS
WITH observations AS (
    SELECT 'all' AS grp, final_observed_us AS observed_us, stopped_using AS event FROM attrition WHERE started
)
FROM km('observations');

-- ending_curve: Aalen-Johansen. Of those who started, the share who had lapsed, and the share who had left or been
-- suspended first, by each time: sum over times of (share still free of either just before) x (events / at risk).
CREATE OR REPLACE TABLE ending_curve AS
WITH ending AS (
    SELECT CASE WHEN departed THEN followed_us ELSE lapse_observed_us END AS observed_us, lapsed, departed
    FROM attrition WHERE started
),
counted AS (
    SELECT observed_us, count(*) AS leaving, count(*) FILTER (WHERE lapsed) AS lapses,
           count(*) FILTER (WHERE departed) AS departures
    FROM ending GROUP BY observed_us
),
risk AS (SELECT *, sum(leaving) OVER (ORDER BY observed_us DESC ROWS UNBOUNDED PRECEDING) AS at_risk FROM counted),
free AS (
    SELECT *, coalesce(product(1 - (lapses + departures) / at_risk)
                       OVER (ORDER BY observed_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 1.0) AS free_before
    FROM risk
)
SELECT observed_us, at_risk::BIGINT AS at_risk,
       sum(free_before * lapses / at_risk) OVER (ORDER BY observed_us ROWS UNBOUNDED PRECEDING) AS lapsed,
       sum(free_before * departures / at_risk) OVER (ORDER BY observed_us ROWS UNBOUNDED PRECEDING) AS departed
FROM free;

-- The grid of four-week steps, as far as the window reaches.
CREATE OR REPLACE TABLE attrition_mark AS
SELECT 'day_' || (28 * step) AS stat, step * 28 * 86400000000 AS mark_us
FROM (SELECT unnest(range(1, 1 + ((cut_us - from_us) // (28 * 86400000000))::BIGINT)) AS step FROM study_window);
