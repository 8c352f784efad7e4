-- When use ended (Eysenbach 2005). Seen over a person's first stretch of taking part, from their first own action to C,
-- the earliest of cut, stop, leave or suspension. A time in which they could not take part (restricted for a while, or
-- supervising) pauses the clock: it counts for no pause in use, and the stretch goes on after it. Censored there,
-- whoever is restricted most, who are the heavy users, would drop out of view and attrition would look larger.
-- Everybody who started is at risk from their first action to C; nobody is left out and no time is moved.
--   lapse: happens when it is confirmed, 28 days after the last action before the first pause of 28 days or more (the
--     pause up to C counts). Placed at the start of the pause it would be an event that only those who were followed
--     for 28 days more can have: with staggered entry that made attrition look far smaller than it was.
--   final non-usage: confirmed 28 days after the last action, if they fit before C.
--   neither: censored at C.
--   leaving and suspension compete with a lapse: they are events of their own, at C.
-- Times are microseconds from the first action, by the calendar. possible_us: how long the person could have been
-- followed: to the stop or the cut; whoever left or was suspended could have been followed to the cut.

-- stretch: the spells of a person's first stretch, each after the one before was ended by a restriction. `before_us` is
-- the time taking part before the spell, so that before_us + (at - from_us) is a clock that stands still in between.
CREATE OR REPLACE TABLE stretch AS
WITH marked AS (
    SELECT *, coalesce(bool_and(end_reason = 'restricted') OVER earlier, true) AS goes_on,
           coalesce(sum(to_us - from_us) OVER earlier, 0)::BIGINT AS before_us
    FROM spell
    WINDOW earlier AS (PARTITION BY person_id ORDER BY spell_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT person_id, spell_no, from_us, to_us, end_reason, before_us FROM marked WHERE goes_on;

CREATE OR REPLACE TABLE attrition AS
WITH whole AS (
    SELECT person_id, max(to_us) AS end_us, arg_max(end_reason, spell_no) AS end_reason,
           sum(to_us - from_us)::BIGINT AS length_us
    FROM stretch GROUP BY person_id
),
acted AS (
    SELECT s.person_id, a.id, a.at_us, s.before_us + a.at_us - s.from_us AS clock_us
    FROM stretch s JOIN own_action a ON a.person_id = s.person_id AND a.at_us BETWEEN s.from_us AND s.to_us
),
followed AS (
    SELECT a.person_id, a.at_us, a.clock_us,
           coalesce(lead(a.clock_us) OVER (PARTITION BY a.person_id ORDER BY a.at_us, a.id), w.length_us) AS next_us
    FROM acted a JOIN whole w ON w.person_id = a.person_id
),
summed AS (
    SELECT person_id, min(at_us) AS first_us, max(at_us) AS last_us,
           min(at_us) FILTER (WHERE next_us - clock_us >= 28 * 86400000000) AS pause_us,
           min(clock_us) FILTER (WHERE next_us - clock_us >= 28 * 86400000000) + 28 * 86400000000 AS lapse_clock,
           max(clock_us) + 28 * 86400000000 AS final_clock
    FROM followed GROUP BY person_id
),
-- When the clock shows a time: within the one spell that holds it; NULL after the stretch.
confirmed AS (
    SELECT t.person_id,
           min(s.from_us + t.lapse_clock - s.before_us) FILTER (
               WHERE t.lapse_clock > s.before_us AND t.lapse_clock <= s.before_us + s.to_us - s.from_us) AS lapse_us,
           min(s.from_us + t.final_clock - s.before_us) FILTER (
               WHERE t.final_clock > s.before_us AND t.final_clock <= s.before_us + s.to_us - s.from_us) AS final_us
    FROM summed t JOIN stretch s ON s.person_id = t.person_id
    GROUP BY t.person_id
)
SELECT p.person_id, t.first_us IS NOT NULL AS started, w.end_reason,
       t.pause_us IS NOT NULL AS lapsed,
       c.final_us IS NOT NULL AS stopped_using,
       t.pause_us IS NULL AND t.first_us IS NOT NULL AND w.end_reason IN ('left', 'suspended') AS departed,
       t.pause_us - t.first_us AS pause_us,
       CASE WHEN c.final_us IS NOT NULL THEN t.last_us - t.first_us END AS final_us,
       coalesce(c.lapse_us, w.end_us) - t.first_us AS observed_us,
       coalesce(c.final_us, w.end_us) - t.first_us AS final_observed_us,
       CASE WHEN w.end_reason IN ('left', 'suspended') THEN getvariable('window_cut_us') ELSE w.end_us END
           - t.first_us AS possible_us
FROM person p
JOIN whole w ON w.person_id = p.person_id
LEFT JOIN summed t ON t.person_id = p.person_id
LEFT JOIN confirmed c ON c.person_id = p.person_id;

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
