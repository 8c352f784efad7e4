-- Response: how long until somebody answers. Whoever was never answered stays in: shares are Kaplan-Meier shares with the
-- number at risk, and a median of those answered is given only under that name.

-- measure: dyads_initiated
-- label: Pairs with a first contact
-- unit: pairs
-- grain: aggregate
-- type: integer
-- levels: stat: initiated, crossed, answered
-- scope: interactions
-- formula: initiated: pairs whose first second holds contributions of one side only; crossed: of both sides (left out
--   below); answered: initiated pairs with a contribution the other way in a strictly later second. By channel, whole
--   window; n is all pairs with a contact.
-- pitfalls: A first contact within the data need not be the first ever.
-- source: Panzarasa, Opsahl and Carley 2009
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, channel, stat, value, n, '' AS missing
FROM (UNPIVOT (
    SELECT channel, count(*) AS n, count(*) FILTER (WHERE initiated) AS initiated,
           count(*) FILTER (WHERE NOT initiated) AS crossed, count(*) FILTER (WHERE initiated AND answered) AS answered
    FROM dyad GROUP BY channel
) ON initiated, crossed, answered INTO NAME stat VALUE value);

-- measure: dyads_answered
-- label: Temporal reciprocity
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: within_7d_followed_7d, within_7d_followed_7d_crossed_in, within_24h, within_7d, ever
-- scope: interactions
-- formula: within_7d_followed_7d: of initiated pairs followed together for 7 days or more, the share answered within 7
--   days; with crossed_in, crossed pairs are among them and count as answered at once. within_24h, within_7d, ever:
--   shares of all initiated pairs. By channel, whole window; n is the denominator.
-- pitfalls: The last three count pairs begun just before the end as unanswered; prefer the first, or dyads_answered_km.
-- source: Panzarasa, Opsahl and Carley 2009
-- tier: T0 T2
-- disclosure: visible
-- version: 1
WITH begun AS (SELECT * FROM dyad WHERE initiated)
SELECT 0 AS period, channel, 'within_7d_followed_7d' AS stat,
       avg((answered AND observed_us <= 604800000000)::INTEGER) AS value, count(*) AS n, '' AS missing
FROM begun WHERE followed_us >= 604800000000 GROUP BY channel
UNION ALL
SELECT 0, channel, 'within_7d_followed_7d_crossed_in',
       avg((NOT initiated OR (answered AND observed_us <= 604800000000))::INTEGER), count(*), ''
FROM dyad WHERE followed_us >= 604800000000 GROUP BY channel
UNION ALL
SELECT 0, channel, 'within_24h', avg((answered AND observed_us <= 86400000000)::INTEGER), count(*), ''
FROM begun GROUP BY channel
UNION ALL
SELECT 0, channel, 'within_7d', avg((answered AND observed_us <= 604800000000)::INTEGER), count(*), ''
FROM begun GROUP BY channel
UNION ALL
SELECT 0, channel, 'ever', avg(answered::INTEGER), count(*), '' FROM begun GROUP BY channel;

-- measure: dyads_answered_km
-- label: Share of pairs answered (Kaplan-Meier)
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: at_1h, at_24h, at_7d, end
-- scope: interactions
-- formula: 1 - Kaplan-Meier survival at the mark, censored when joint follow-up ends; end: at the last observation. By
--   channel, whole window; n is the number at risk at the mark.
-- pitfalls: Missing (after_censor) past the last pair followed.
-- source: Kaplan and Meier 1958
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, grp AS channel, stat, 1 - survival AS value, at_risk AS n,
       CASE WHEN survival IS NULL THEN 'after_censor' ELSE '' END AS missing
FROM km_at('dyad_curve', 'response_mark')
UNION ALL
SELECT 0, grp, 'end', 1 - min(survival), min(at_risk), '' FROM dyad_curve GROUP BY grp;

-- measure: dyads_answer_median
-- label: Time to the first answer of a pair
-- unit: hours
-- grain: aggregate
-- type: number
-- levels: stat: km_median, median_of_answered
-- scope: interactions
-- formula: km_median: Kaplan-Meier median over initiated pairs (n is those). median_of_answered: median over answered
--   pairs only (n is those). By channel, whole window.
-- pitfalls: median_of_answered leaves out everybody never answered; it is not a Kaplan-Meier median.
-- source: Kaplan and Meier 1958
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, grp AS channel, 'km_median' AS stat, hours(median_us) AS value, people AS n,
       CASE WHEN median_us IS NULL THEN 'not_reached' ELSE '' END AS missing
FROM km_median('dyad_curve')
UNION ALL
SELECT 0, channel, 'median_of_answered', hours(median(observed_us) FILTER (WHERE answered)),
       count(*) FILTER (WHERE answered), CASE WHEN count(*) FILTER (WHERE answered) = 0 THEN 'not_applicable' ELSE '' END
FROM dyad WHERE initiated GROUP BY channel;

-- measure: dyad_answer_hours
-- label: Hours to the first answer of a pair
-- unit: hours
-- grain: dyad
-- type: number
-- levels: not applicable
-- scope: interactions
-- formula: For each initiated pair over all channels: hours from the first contribution to the first one the other way.
--   person_id began, other_person_id was written to.
-- pitfalls: Missing (not_reached) where no answer was seen; averaging the rest is biased.
-- source: Panzarasa, Opsahl and Carley 2009
-- tier: T2
-- disclosure: visible
-- version: 1
SELECT initiator AS person_id, receiver AS other_person_id, CASE WHEN answered THEN hours(observed_us) END AS value,
       CASE WHEN answered THEN '' ELSE 'not_reached' END AS missing
FROM dyad WHERE initiated AND channel = 'all';

-- measure: opener_response_km
-- label: Share of threads with a first response (Kaplan-Meier)
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: at_1h, at_24h, at_7d
-- scope: interactions
-- formula: 1 - Kaplan-Meier survival of the time from opening a thread to the first reply to it by another person, censored
--   when the author's consent to interactions ends; n is the number at risk at the mark.
-- pitfalls: Replies deeper in the thread are not counted. Missing (after_censor) past the last thread followed.
-- source: Kaplan and Meier 1958
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, grp AS channel, stat, 1 - survival AS value, at_risk AS n,
       CASE WHEN survival IS NULL THEN 'after_censor' ELSE '' END AS missing
FROM km_at('opener_curve', 'response_mark');

-- measure: opener_response_median
-- label: Time to the first response to a thread
-- unit: hours
-- grain: aggregate
-- type: number
-- levels: stat: km_median, median_of_answered
-- scope: interactions
-- formula: km_median: Kaplan-Meier median over threads (n is those). median_of_answered: median over answered threads only
--   (n is those).
-- pitfalls: median_of_answered leaves out every thread never answered; it is not a Kaplan-Meier median.
-- source: Kaplan and Meier 1958
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, grp AS channel, 'km_median' AS stat, hours(median_us) AS value, people AS n,
       CASE WHEN median_us IS NULL THEN 'not_reached' ELSE '' END AS missing
FROM km_median('opener_curve')
UNION ALL
SELECT 0, channel, 'median_of_answered', hours(median(observed_us) FILTER (WHERE answered)),
       count(*) FILTER (WHERE answered), CASE WHEN count(*) FILTER (WHERE answered) = 0 THEN 'not_applicable' ELSE '' END
FROM response WHERE opener GROUP BY channel;

-- measure: opener_unanswered
-- label: Share of threads unanswered
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: after_7d, at_end
-- scope: interactions
-- formula: after_7d: of threads followed for 7 days or more, the share without a reply by another person within 7 days.
--   at_end: of all threads, the share without one when following ended. n is the denominator.
-- pitfalls: at_end counts threads begun just before the end.
-- source: CONSORT-EHEALTH 5-viii
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, channel, 'after_7d' AS stat, avg((NOT answered OR observed_us > 604800000000)::INTEGER) AS value,
       count(*) AS n, '' AS missing
FROM response WHERE opener AND followed_us >= 604800000000 GROUP BY channel
UNION ALL
SELECT 0, channel, 'at_end', avg((NOT answered)::INTEGER), count(*), '' FROM response WHERE opener GROUP BY channel;

-- measure: contribution_response_km
-- label: Share of contributions with a first response (Kaplan-Meier)
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: at_1h, at_24h, at_7d
-- scope: interactions
-- formula: As opener_response_km, over all contributions, per channel.
-- pitfalls: Most contributions are answers themselves and await none. In rooms answers that name nobody are not seen.
-- source: Kaplan and Meier 1958
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, grp AS channel, stat, 1 - survival AS value, at_risk AS n,
       CASE WHEN survival IS NULL THEN 'after_censor' ELSE '' END AS missing
FROM km_at('contribution_curve', 'response_mark');

-- measure: contribution_response_median
-- label: Time to the first response to a contribution
-- unit: hours
-- grain: aggregate
-- type: number
-- levels: stat: km_median, median_of_answered
-- scope: interactions
-- formula: As opener_response_median, over all contributions, per channel.
-- pitfalls: median_of_answered leaves out every contribution never answered; it is not a Kaplan-Meier median.
-- source: Kaplan and Meier 1958
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, grp AS channel, 'km_median' AS stat, hours(median_us) AS value, people AS n,
       CASE WHEN median_us IS NULL THEN 'not_reached' ELSE '' END AS missing
FROM km_median('contribution_curve')
UNION ALL
SELECT 0, channel, 'median_of_answered', hours(median(observed_us) FILTER (WHERE answered)),
       count(*) FILTER (WHERE answered), CASE WHEN count(*) FILTER (WHERE answered) = 0 THEN 'not_applicable' ELSE '' END
FROM response GROUP BY channel;
