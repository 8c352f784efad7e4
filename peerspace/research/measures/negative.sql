-- Negative experiences: numerator and denominator are separate measures. One person's ratio is never made: with small
-- denominators it says more about chance than about harm.

-- measure: upheld_reports_met
-- label: Upheld reports on content met
-- unit: reports
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Reports upheld on content that had been displayed to the person in a visible tab, or was sent to them, before its removal.
-- pitfalls: Harm that nobody reported is not in it. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'report_upheld_met' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: content_removed
-- label: Own content removed
-- unit: contributions
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: The person's own contributions removed by staff in the period.
-- pitfalls: Its denominator is contributions. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'content_removed' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: blocks_given
-- label: Blocks given
-- unit: blocks
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Blocks the person placed on others in the period.
-- pitfalls: Blocks received are never captured. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'block_given' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: mutes_given
-- label: Mutes given
-- unit: mutes
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Mutes the person set in the period.
-- pitfalls: Some mute for quiet, not for harm. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'mute_given' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: upset_marked
-- label: Marked as upsetting
-- unit: marks
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Times the person marked something with "this upset me" in the period.
-- pitfalls: Only what somebody chose to mark. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'upset_marked' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: reports_made
-- label: Reports made
-- unit: reports
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Reports the person made in the period, upheld or not.
-- pitfalls: A report is also use of a safety feature; more is not always worse. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'report_made' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: restrictions
-- label: Restrictions received
-- unit: restrictions
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Restrictions placed on the person in the period.
-- pitfalls: Time under restriction is not in exposure_hours. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'restricted' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: warnings
-- label: Warnings received
-- unit: warnings
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Warnings the person received in the period.
-- pitfalls: Counts decisions, not how grave they were. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'warned' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: items_displayed
-- label: Items of others displayed
-- unit: items
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: experience
-- formula: Others' posts and messages displayed to the person in a visible tab in the period: the denominator of upheld_reports_met,
--   upset_marked and reports_made.
-- pitfalls: Displayed is not read. Never divide for one person.
-- source: CONSORT-EHEALTH 16-i; CONSORT 2025
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM event WHERE kind = 'item_displayed' AND other_class <> 'self' GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'experience';

-- measure: moderation_received
-- label: Moderation received
-- unit: decisions
-- grain: aggregate
-- type: integer
-- levels: stat: content_removed, restricted, warned
-- scope: experience
-- formula: Decisions of each kind that reached people in the period (0: whole window); n is the people whose consent covered
--   experience then.
-- pitfalls: A restriction ends enrolment, so later decisions on the same person may be unseen.
-- source: CONSORT-EHEALTH 16-i
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
WITH exposed AS (
    SELECT coalesce(period, 0) AS period, count(DISTINCT person_id) AS n FROM frame
    WHERE scope = 'experience' AND missing = '' GROUP BY GROUPING SETS ((), (period))
),
decided AS (
    SELECT coalesce(period, 0) AS period, kind, count(*) AS decisions FROM event
    WHERE kind IN ('content_removed', 'restricted', 'warned') GROUP BY GROUPING SETS ((kind), (period, kind))
)
SELECT e.period, 'all' AS channel, k.kind AS stat, coalesce(d.decisions, 0) AS value, e.n, '' AS missing
FROM exposed e
CROSS JOIN (SELECT unnest(['content_removed', 'restricted', 'warned']) AS kind) k
LEFT JOIN decided d ON d.period = e.period AND d.kind = k.kind
WHERE e.n > 0;

-- measure: removal_latency
-- label: Time to the removal of own content
-- unit: hours
-- grain: aggregate
-- type: number
-- levels: stat: median
-- scope: experience
-- formula: Median hours from writing a contribution to its removal by staff, over removals of captured contributions, by
--   channel, whole window; n is those removals.
-- pitfalls: Only of removed content; content written before consent is not in it.
-- source: CONSORT-EHEALTH 16-i
-- tier: T0 T2
-- disclosure: sensitive
-- version: 1
SELECT 0 AS period, c.channel, 'median' AS stat, hours(median(e.at_us - c.at_us)) AS value, count(*) AS n, '' AS missing
FROM event e JOIN contribution c ON c.person_id = e.person_id AND c.item = e.item AND c.item <> '' AND c.at_us <= e.at_us
WHERE e.kind = 'content_removed'
GROUP BY c.channel;
