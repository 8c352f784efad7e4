-- Interactivity: who answers whom. A reply names a reply_to, or is a post in a thread and then answers its opener; never
-- oneself; a message without reply_to is a contribution, not a reply.

-- measure: replies_given
-- label: Replies given
-- unit: replies
-- grain: person_period_channel
-- type: integer
-- levels: channel: forum, room, one_to_one
-- scope: interactions
-- formula: The person's contributions in the channel and period that are replies to somebody else.
-- pitfalls: In rooms many answers name nobody, so replies there are a lower bound.
-- source: Sharma 2020
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, f.channel, seen(f.missing, v.value) AS value, f.missing
FROM channel_frame f
LEFT JOIN (SELECT person_id, period, channel, count(*) AS value FROM reply_given GROUP BY ALL) v
  USING (person_id, period, channel)
WHERE f.scope = 'interactions';

-- measure: replies_received
-- label: Replies received
-- unit: replies
-- grain: person_period_channel
-- type: integer
-- levels: channel: forum, room, one_to_one
-- scope: interactions
-- formula: Replies by others to the person's own contributions, in the channel and period in which they arrived.
-- pitfalls: Counted whoever answered, participant or not, so it does not shrink as fewer people consent.
-- source: Sharma 2020
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, f.channel, seen(f.missing, v.value) AS value, f.missing
FROM channel_frame f
LEFT JOIN (SELECT person_id, period, channel, count(*) AS value FROM reply_received GROUP BY ALL) v
  USING (person_id, period, channel)
WHERE f.scope = 'interactions';

-- measure: reply_balance
-- label: Balance of giving and receiving
-- unit: from -1 (only received) to 1 (only given)
-- grain: person
-- type: number
-- levels: not applicable
-- scope: interactions
-- formula: (G - R) / (G + R) over the whole window, G replies given, R replies received.
-- pitfalls: Missing (too_few) where G + R is under 5.
-- source: Sharma 2020
-- tier: T2
-- disclosure: visible
-- version: 1
WITH given AS (SELECT person_id, count(*) AS g FROM reply_given GROUP BY person_id),
received AS (SELECT person_id, count(*) AS r FROM reply_received GROUP BY person_id),
both_ways AS (
    SELECT f.person_id, f.missing, coalesce(g.g, 0) AS g, coalesce(r.r, 0) AS r
    FROM person_frame f LEFT JOIN given g USING (person_id) LEFT JOIN received r USING (person_id)
    WHERE f.scope = 'interactions'
)
SELECT person_id, CASE WHEN missing = '' AND g + r >= 5 THEN (g - r) / (g + r) END AS value,
       CASE WHEN missing <> '' THEN missing WHEN g + r < 5 THEN 'too_few' ELSE '' END AS missing
FROM both_ways;

-- measure: partners
-- label: Partners
-- unit: people
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: interactions
-- formula: Distinct other participants to whom the person wrote, or who wrote to the person, in the period, in any channel.
-- pitfalls: Only people who consent to interactions too; see tie_coverage. Do not add periods: partners recur.
-- source: Sharma 2020
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT person_id, period, count(DISTINCT other) AS value
    FROM (SELECT from_person AS person_id, to_person AS other, period FROM tie_event
          UNION ALL SELECT to_person, from_person, period FROM tie_event)
    GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'interactions';

-- measure: mutual_exchanges
-- label: Mutual exchanges (A, B, A)
-- unit: exchanges
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: interactions
-- formula: Pairs of another participant B and a place (thread, room, conversation) in which the person A had written, B
--   answered A, and A then answered B; counted for A in the period of that third turn, once per B and place.
-- pitfalls: A first turn before consent is not seen, so early exchanges may be missed.
-- source: Sharma 2020
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, count(*) AS value FROM exchange GROUP BY ALL) v USING (person_id, period)
WHERE f.scope = 'interactions';

-- measure: tie_counts
-- label: Ties and pairs
-- unit: ties or pairs
-- grain: aggregate
-- type: integer
-- levels: stat: ties, mutual_dyads, asymmetric_dyads
-- scope: interactions
-- formula: Directed ties (A wrote to B at least once), pairs with a tie both ways, pairs with one tie; whole window
--   (period 0) by channel, and per period; n is connected pairs.
-- pitfalls: Pairs where both consent to interactions only.
-- source: Wasserman and Faust 1994
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT period, channel, stat, value, n, '' AS missing
FROM (UNPIVOT (SELECT period, channel, connected_dyads AS n, ties, mutual_dyads, asymmetric_dyads FROM tie_count)
      ON ties, mutual_dyads, asymmetric_dyads INTO NAME stat VALUE value);

-- measure: reciprocity
-- label: Reciprocity
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: edgewise, dyadic
-- scope: interactions
-- formula: edgewise: ties with a reverse tie / ties (n is ties). dyadic: mutual pairs / connected pairs (n is connected
--   pairs). Whole window (period 0) by channel, and per period.
-- pitfalls: The two are different numbers; always name which. State tie_coverage beside it.
-- source: Wasserman and Faust 1994; Hanneman and Riddle 2005
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT period, channel, 'edgewise' AS stat, returned_ties / ties AS value, ties AS n, '' AS missing FROM tie_count
UNION ALL
SELECT period, channel, 'dyadic', mutual_dyads / connected_dyads, connected_dyads, '' FROM tie_count;

-- measure: tie_coverage
-- label: Coverage of ties
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: known_other
-- scope: interactions
-- formula: Of contributions directed to another person, the share whose other person is a known participant; whole window
--   by channel (n is contributions directed to another person).
-- pitfalls: Ties, reciprocity and partners speak of this share only. Contributions count while their author consented to
--   interactions: under usage alone nobody is told that somebody was answered.
-- source: CONSORT-EHEALTH 5-viii
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
WITH directed AS (
    SELECT unnest(['all', channel]) AS channel, other_person <> '' AS known
    FROM contribution WHERE other_class NOT IN ('none', 'self') AND other_person <> person_id
)
SELECT 0 AS period, channel, 'known_other' AS stat, avg(known::INTEGER) AS value, count(*) AS n, '' AS missing
FROM directed GROUP BY channel;

-- measure: thread_depth
-- label: Depth of threads
-- unit: levels
-- grain: aggregate
-- type: number
-- levels: stat: mean, median
-- scope: usage
-- formula: The deepest level of replies in a thread (its opener is level 0), over threads opened in the period (0: whole
--   window); n is threads.
-- pitfalls: Captured posts only, and only threads whose opener was captured: a lower bound.
-- source: Gómez, Kaltenbrunner and López 2008
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT p.period, 'forum' AS channel, stat, value, n, '' AS missing
FROM (UNPIVOT (
    SELECT coalesce(period, 0) AS period, count(*) AS n, avg(depth) AS mean, median(depth) AS median
    FROM thread_shape GROUP BY GROUPING SETS ((), (period)) HAVING count(*) > 0
) ON mean, median INTO NAME stat VALUE value) p;

-- measure: thread_breadth
-- label: Breadth of threads
-- unit: posts
-- grain: aggregate
-- type: number
-- levels: stat: mean, median
-- scope: usage
-- formula: The most posts on one level of a thread, over threads opened in the period (0: whole window); n is threads.
-- pitfalls: Captured posts only, and only threads whose opener was captured: a lower bound.
-- source: Gómez, Kaltenbrunner and López 2008
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT p.period, 'forum' AS channel, stat, value, n, '' AS missing
FROM (UNPIVOT (
    SELECT coalesce(period, 0) AS period, count(*) AS n, avg(breadth) AS mean, median(breadth)::DOUBLE AS median
    FROM thread_shape GROUP BY GROUPING SETS ((), (period)) HAVING count(*) > 0
) ON mean, median INTO NAME stat VALUE value) p;
