-- Formulas that several measures share. A table macro takes the name of a table.

-- A value where it could be seen (nothing happened is 0), and NULL where it could not.
CREATE OR REPLACE MACRO seen(missing, value) AS CASE WHEN missing = '' THEN coalesce(value, 0) END;

CREATE OR REPLACE MACRO minutes(us) AS us / 60000000.0;
CREATE OR REPLACE MACRO hours(us) AS us / 3600000000.0;
CREATE OR REPLACE MACRO days(us) AS us / 86400000000.0;

-- The number of the period in which a time falls. The engine sets the two variables from the study's window.
CREATE OR REPLACE MACRO period_of(us) AS
    (1 + (us - getvariable('window_from_us')) // getvariable('window_period_us'))::INTEGER;

-- Microseconds that two stretches of time share.
CREATE OR REPLACE MACRO overlap_us(from_a, to_a, from_b, to_b) AS
    greatest(0, least(to_a, to_b) - greatest(from_a, from_b));

-- merged(table of grp, from_us, to_us): stretches that touch or overlap become one. Disjoint within grp.
CREATE OR REPLACE MACRO merged(intervals) AS TABLE
    WITH marked AS (
        SELECT grp, from_us, to_us,
               coalesce(from_us > max(to_us) OVER (PARTITION BY grp ORDER BY from_us, to_us
                                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS begins
        FROM query_table(intervals)
    ),
    numbered AS (
        SELECT *, sum(begins::INTEGER) OVER (PARTITION BY grp ORDER BY from_us, to_us
                                             ROWS UNBOUNDED PRECEDING) AS island
        FROM marked
    )
    SELECT grp, island::INTEGER AS island, min(from_us) AS from_us, max(to_us) AS to_us
    FROM numbered GROUP BY grp, island;

-- split_sessions(table of grp, id, at_us): actions of one grp belong to one session until the pause between two is
-- strictly longer than the limit (Halfaker 2015). One row per limit, grp and session.
-- active_us = sum of min(pause, 5 min) within the session + 1 min for the session itself.
CREATE OR REPLACE MACRO split_sessions(actions) AS TABLE
    WITH paused AS (
        SELECT grp, id, at_us, at_us - lag(at_us) OVER (PARTITION BY grp ORDER BY at_us, id) AS pause_us
        FROM query_table(actions)
    ),
    marked AS (
        SELECT limit_min, paused.*, coalesce(pause_us > limit_min * 60000000, true) AS begins
        FROM paused CROSS JOIN session_limit
    ),
    numbered AS (
        SELECT *, sum(begins::INTEGER) OVER (PARTITION BY limit_min, grp ORDER BY at_us, id
                                             ROWS UNBOUNDED PRECEDING) AS session_no
        FROM marked
    )
    SELECT limit_min, grp, session_no::BIGINT AS session_no, min(at_us) AS from_us, max(at_us) AS to_us,
           count(*) AS actions,
           60000000 + sum(CASE WHEN begins THEN 0 ELSE least(pause_us, 300000000) END)::BIGINT AS active_us
    FROM numbered GROUP BY limit_min, grp, session_no;

-- km(table of grp, observed_us, event BOOLEAN, possible_us): the Kaplan-Meier curve of each grp, one row per distinct
-- time. Censored at the same time as an event counts as still at risk at that time. possible_us: how long it could have
-- been followed, with or without an event; the longest of them is last_us, past which nothing is known.
CREATE OR REPLACE MACRO km(observations) AS TABLE
    WITH counted AS (
        SELECT grp, observed_us, count(*) AS leaving, count(*) FILTER (WHERE event) AS events,
               max(possible_us) AS possible_us
        FROM query_table(observations) GROUP BY grp, observed_us
    ),
    risk AS (
        SELECT *, sum(leaving) OVER (PARTITION BY grp ORDER BY observed_us DESC ROWS UNBOUNDED PRECEDING) AS at_risk,
               max(possible_us) OVER (PARTITION BY grp) AS last_us
        FROM counted
    )
    SELECT grp, observed_us, at_risk::BIGINT AS at_risk, leaving, events, last_us,
           product(1 - events / at_risk) OVER (PARTITION BY grp ORDER BY observed_us
                                               ROWS UNBOUNDED PRECEDING) AS survival
    FROM risk;

-- km_at(a km curve, table of stat, mark_us): survival just after each mark and the number at risk at it.
-- Past the last follow-up survival is unknown, so NULL.
CREATE OR REPLACE MACRO km_at(curve, marks) AS TABLE
    SELECT c.grp, m.stat, m.mark_us,
           CASE WHEN max(c.last_us) >= m.mark_us
                THEN coalesce(min(c.survival) FILTER (WHERE c.observed_us <= m.mark_us), 1.0) END AS survival,
           coalesce(max(c.at_risk) FILTER (WHERE c.observed_us >= m.mark_us), 0) AS at_risk
    FROM query_table(curve) c CROSS JOIN query_table(marks) m
    GROUP BY c.grp, m.stat, m.mark_us;

-- km_median(a km curve): the first time at which survival is one half or less, else NULL (not reached).
-- The margin only absorbs the rounding of a product of fractions.
CREATE OR REPLACE MACRO km_median(curve) AS TABLE
    SELECT grp, min(observed_us) FILTER (WHERE survival <= 0.5 + 1e-12) AS median_us, max(at_risk) AS people
    FROM query_table(curve) GROUP BY grp;
