-- Source: from whom support came, by what the giver was at that moment.

-- measure: received_by_role
-- label: Replies received, by the giver's role
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: member, peer_worker, supervisor, not_recorded, none
-- scope: interactions
-- formula: Of replies received in the period (0: whole window), the share given by somebody who held the role then. By
--   channel; n is replies received.
-- pitfalls: Roles are as held at the event, not now. not_recorded includes givers of whom nothing may be kept.
-- source: TIDieR 5; CONSORT-EHEALTH 5-x
-- tier: T0 T2
-- disclosure: visible
-- version: 1
WITH counted AS (
    SELECT coalesce(period, 0) AS period, coalesce(channel, 'all') AS channel, giver_role AS stat, count(*) AS replies
    FROM reply_received GROUP BY GROUPING SETS ((giver_role), (channel, giver_role), (period, giver_role))
)
SELECT period, channel, stat, replies / sum(replies) OVER (PARTITION BY period, channel) AS value,
       sum(replies) OVER (PARTITION BY period, channel)::BIGINT AS n, '' AS missing
FROM counted;

-- measure: received_by_training
-- label: Replies received, by the giver's training
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: trained, untrained, not_recorded, none
-- scope: interactions
-- formula: As received_by_role, by whether the giver was trained at that moment.
-- pitfalls: not_recorded is not untrained.
-- source: TIDieR 5; CONSORT-EHEALTH 5-x
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
WITH counted AS (
    SELECT coalesce(period, 0) AS period, coalesce(channel, 'all') AS channel, giver_training AS stat, count(*) AS replies
    FROM reply_received GROUP BY GROUPING SETS ((giver_training), (channel, giver_training), (period, giver_training))
)
SELECT period, channel, stat, replies / sum(replies) OVER (PARTITION BY period, channel) AS value,
       sum(replies) OVER (PARTITION BY period, channel)::BIGINT AS n, '' AS missing
FROM counted;

-- measure: received_by_pay
-- label: Replies received, by whether the giver was paid
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: paid, volunteer, not_recorded, none
-- scope: interactions
-- formula: As received_by_role, by whether the giver was paid for it at that moment.
-- pitfalls: not_recorded is not volunteer.
-- source: TIDieR 5; CONSORT-EHEALTH 5-x
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
WITH counted AS (
    SELECT coalesce(period, 0) AS period, coalesce(channel, 'all') AS channel, giver_pay AS stat, count(*) AS replies
    FROM reply_received GROUP BY GROUPING SETS ((giver_pay), (channel, giver_pay), (period, giver_pay))
)
SELECT period, channel, stat, replies / sum(replies) OVER (PARTITION BY period, channel) AS value,
       sum(replies) OVER (PARTITION BY period, channel)::BIGINT AS n, '' AS missing
FROM counted;

-- measure: replies_from_peer_workers
-- label: Replies received from peer workers
-- unit: replies
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: interactions
-- formula: Replies the person received in the period from somebody who was a peer worker then.
-- pitfalls: Part of replies_received; a giver of whom nothing may be kept counts there only.
-- source: TIDieR 5
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT person_id, period, count(*) AS value FROM reply_received WHERE giver_role = 'peer_worker' GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'interactions';
