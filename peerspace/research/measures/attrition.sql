-- Attrition: when use ended. See prelude_5_attrition.sql for the definition of each ending.

-- measure: use_status
-- label: How use ended
-- unit: not applicable
-- grain: person
-- type: category
-- levels: never_started, lapsed, departed (left or suspended without a lapse before), in_use (none of these up to C)
-- scope: usage
-- formula: Over the first stretch of taking part: never_started without an own action; lapsed with a pause of 28 days or
--   more, time under a restriction not counted; departed if the person left or was suspended first; else in_use.
-- pitfalls: in_use includes people whose last 28 days cannot be judged yet. A lapse can end again.
-- source: Eysenbach 2005
-- tier: T0 T2
-- disclosure: visible
-- version: 2
SELECT person_id,
       CASE WHEN NOT started THEN 'never_started' WHEN lapsed THEN 'lapsed' WHEN departed THEN 'departed'
            ELSE 'in_use' END AS value,
       '' AS missing
FROM attrition;

-- measure: days_to_lapse
-- label: Days to the first lapse
-- unit: days
-- grain: person
-- type: number
-- levels: not applicable
-- scope: usage
-- formula: Days from the first own action to the start of the first pause of 28 days or more.
-- pitfalls: Missing (not_reached) where no lapse was seen; averaging the rest is biased, use first_lapse_median.
-- source: Eysenbach 2005
-- tier: T2
-- disclosure: visible
-- version: 1
SELECT person_id, CASE WHEN lapsed THEN days(pause_us) END AS value,
       CASE WHEN lapsed THEN '' WHEN started THEN 'not_reached' ELSE 'not_applicable' END AS missing
FROM attrition;

-- measure: days_to_final_nonuse
-- label: Days to final non-usage
-- unit: days
-- grain: person
-- type: number
-- levels: not applicable
-- scope: usage
-- formula: Days from the first own action to the last one, where at least 28 days follow it.
-- pitfalls: Final as far as the data go. Missing (not_reached) where the last action is less than 28 days old.
-- source: Eysenbach 2005
-- tier: T2
-- disclosure: visible
-- version: 1
SELECT person_id, CASE WHEN stopped_using THEN days(final_us) END AS value,
       CASE WHEN stopped_using THEN '' WHEN started THEN 'not_reached' ELSE 'not_applicable' END AS missing
FROM attrition;

-- measure: attrition_counts
-- label: People by ending
-- unit: people
-- grain: aggregate
-- type: integer
-- levels: stat: enrolled, never_started, started, lapsed, stopped_using, departed
-- scope: usage
-- formula: People counted by the definitions of use_status and days_to_final_nonuse; n is all enrolled.
-- pitfalls: lapsed and stopped_using overlap.
-- source: Eysenbach 2005; CONSORT-EHEALTH 13b-i
-- tier: T0 T2
-- disclosure: visible
-- version: 1
WITH counted AS (
    SELECT count(*) AS enrolled, count(*) FILTER (WHERE NOT started) AS never_started,
           count(*) FILTER (WHERE started) AS started, count(*) FILTER (WHERE lapsed) AS lapsed,
           count(*) FILTER (WHERE stopped_using) AS stopped_using, count(*) FILTER (WHERE departed) AS departed
    FROM attrition
)
SELECT 0 AS period, 'all' AS channel, stat, value, (SELECT count(*) FROM attrition) AS n, '' AS missing
FROM (UNPIVOT counted ON enrolled, never_started, started, lapsed, stopped_using, departed INTO NAME stat VALUE value);

-- measure: first_lapse_median
-- label: Half-life before the first lapse
-- unit: days
-- grain: aggregate
-- type: number
-- levels: stat: km_median
-- scope: usage
-- formula: Kaplan-Meier median of the days from the first own action to the confirmation of the first lapse (28 days into
--   the pause), over everybody who started, at risk from their first action to C; n is their number. Told 28 days
--   earlier, as the day on which the pause began.
-- pitfalls: not_reached where less than half had lapsed. People who never started are not in it; see attrition_counts.
--   Leaving and suspension are taken as censoring here; see endings for both as events.
-- source: Eysenbach 2005
-- tier: T0 T2
-- disclosure: visible
-- version: 2
SELECT 0 AS period, grp AS channel, 'km_median' AS stat, days(median_us) - 28 AS value, people AS n,
       CASE WHEN median_us IS NULL THEN 'not_reached' ELSE '' END AS missing
FROM km_median('lapse_curve');

-- measure: final_nonuse_median
-- label: Half-life before final non-usage
-- unit: days
-- grain: aggregate
-- type: number
-- levels: stat: km_median
-- scope: usage
-- formula: Kaplan-Meier median of the days from the first own action to the confirmation of final non-usage (28 days after
--   the last action), over everybody who started, at risk from their first action to C; n is their number. Told 28 days
--   earlier, as the day of the last action.
-- pitfalls: not_reached where less than half had stopped. Somebody who comes back after C had not stopped.
-- source: Eysenbach 2005
-- tier: T0 T2
-- disclosure: visible
-- version: 2
SELECT 0 AS period, grp AS channel, 'km_median' AS stat, days(median_us) - 28 AS value, people AS n,
       CASE WHEN median_us IS NULL THEN 'not_reached' ELSE '' END AS missing
FROM km_median('final_curve');

-- measure: retention
-- label: Share without a lapse
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: day_28, day_56 and so on, every four weeks
-- scope: usage
-- formula: Kaplan-Meier share of those who started whose first lapse was not confirmed by each mark, counted from the first
--   own action; n is the number at risk at it. A lapse is confirmed 28 days into its pause, so day_28 tells who came
--   once, and each mark tells the pauses that began 28 days before it. Missing (after_censor) past the last follow-up.
-- pitfalls: Leaving and suspension are taken as censoring here; see endings for both as events.
-- source: Eysenbach 2005
-- tier: T0 T2
-- disclosure: visible
-- version: 2
SELECT 0 AS period, grp AS channel, stat, survival AS value, at_risk AS n,
       CASE WHEN survival IS NULL THEN 'after_censor' ELSE '' END AS missing
FROM km_at('lapse_curve', 'attrition_mark');

-- measure: endings
-- label: Share lapsed and share departed
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: lapsed_day_28, departed_day_28 and so on, every four weeks
-- scope: usage
-- formula: Aalen-Johansen cumulative incidence among those who started, from the first own action: of the confirmation of
--   a first lapse, and of leaving or suspension before one; n is the number at risk at the mark.
-- pitfalls: The two shares and the rest add up to 1. Missing (after_censor) past the last follow-up.
-- source: Aalen and Johansen 1978; Eysenbach 2005
-- tier: T0 T2
-- disclosure: visible
-- version: 2
WITH marked AS (
    SELECT m.stat, max(c.last_us) >= m.mark_us AS known,
           coalesce(max(c.lapsed) FILTER (WHERE c.observed_us <= m.mark_us), 0.0) AS lapsed,
           coalesce(max(c.departed) FILTER (WHERE c.observed_us <= m.mark_us), 0.0) AS departed,
           coalesce(max(c.at_risk) FILTER (WHERE c.observed_us >= m.mark_us), 0) AS n
    FROM attrition_mark m CROSS JOIN ending_curve c GROUP BY m.stat, m.mark_us
)
SELECT 0 AS period, 'all' AS channel, ending || '_' || stat AS stat, CASE WHEN known THEN value END AS value, n,
       CASE WHEN known THEN '' ELSE 'after_censor' END AS missing
FROM (UNPIVOT marked ON lapsed, departed INTO NAME ending VALUE value);
