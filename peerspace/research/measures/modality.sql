-- Modality: through which channel. Contributions and minutes are never added up across channels: a post and a chat line
-- are not the same thing.

-- measure: contributions
-- label: Contributions
-- unit: contributions
-- grain: person_period_channel
-- type: integer
-- levels: channel: forum, room, one_to_one
-- scope: usage
-- formula: Threads started, posts and messages the person wrote in the channel in the period.
-- pitfalls: Never add channels. Includes what was removed later (see content_removed).
-- source: CONSORT-EHEALTH 5-viii
-- tier: T0 T1 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, f.channel, seen(f.missing, v.value) AS value, f.missing
FROM channel_frame f
LEFT JOIN (SELECT person_id, period, channel, count(*) AS value FROM contribution GROUP BY ALL) v
  USING (person_id, period, channel)
WHERE f.scope = 'usage';

-- measure: threads_started
-- label: Threads started
-- unit: threads
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: usage
-- formula: Threads the person opened in the forum in the period.
-- pitfalls: Also counted among contributions in the forum.
-- source: CONSORT-EHEALTH 5-viii
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT person_id, period, count(*) AS value FROM contribution WHERE kind = 'thread_started' GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: characters_written
-- label: Characters written
-- unit: characters
-- grain: person_period_channel
-- type: integer
-- levels: channel: forum, room, one_to_one
-- scope: usage
-- formula: Sum of the lengths of the person's contributions in the channel in the period.
-- pitfalls: Length is not depth; never add channels.
-- source: Perski 2017
-- tier: T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, f.channel, seen(f.missing, v.value) AS value, f.missing
FROM channel_frame f
LEFT JOIN (
    SELECT person_id, period, channel, sum(length_chars)::BIGINT AS value FROM contribution GROUP BY ALL
) v USING (person_id, period, channel)
WHERE f.scope = 'usage';

-- measure: channel_minutes
-- label: Active minutes per channel
-- unit: minutes
-- grain: person_period_channel
-- type: number
-- levels: channel: forum, room, one_to_one
-- scope: usage
-- formula: As active_minutes, from sessions split on the person's own actions in that channel alone.
-- pitfalls: Someone in two channels at once is active in both, so channels must not be added.
-- source: Halfaker 2015
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, f.channel, seen(f.missing, v.value) AS value, f.missing
FROM channel_frame f
LEFT JOIN (
    SELECT person_id, period, channel, minutes(sum(active_us)) AS value FROM channel_session GROUP BY ALL
) v USING (person_id, period, channel)
WHERE f.scope = 'usage';

-- measure: synchronous_share
-- label: Share of contributions in live talk
-- unit: share
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: usage
-- formula: Contributions made in a synchronous channel divided by all contributions of the person in the period.
-- pitfalls: Chat lines are short, so the share leans to live talk. Missing (not_applicable) without a contribution.
-- source: TIDieR 6
-- tier: T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, v.value, CASE WHEN v.value IS NULL THEN 'not_applicable' ELSE '' END AS missing
FROM frame f
LEFT JOIN (
    SELECT person_id, period, avg((synchrony = 'synchronous')::INTEGER) AS value FROM contribution GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: synchronous_share_pooled
-- label: Share of contributions in live talk, everybody
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: synchronous
-- scope: usage
-- formula: Contributions made in a synchronous channel divided by all contributions, per period (0: whole window); n is all
--   contributions.
-- pitfalls: A few heavy writers can set it.
-- source: TIDieR 6
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT coalesce(period, 0) AS period, 'all' AS channel, 'synchronous' AS stat,
       avg((synchrony = 'synchronous')::INTEGER) AS value, count(*) AS n, '' AS missing
FROM contribution GROUP BY GROUPING SETS ((), (period)) HAVING count(*) > 0;

-- measure: one_to_one_conversations
-- label: One-to-one conversations
-- unit: conversations
-- grain: person_period
-- type: integer
-- levels: not applicable
-- scope: usage
-- formula: Distinct one-to-one conversations in which the person wrote in the period.
-- pitfalls: Minutes in them are channel_minutes for one_to_one.
-- source: TIDieR 6
-- tier: T0 T2
-- disclosure: unseen
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (
    SELECT person_id, period, count(DISTINCT place) AS value FROM contribution WHERE channel = 'one_to_one' GROUP BY ALL
) v USING (person_id, period)
WHERE f.scope = 'usage';

-- measure: room_minutes
-- label: Minutes in rooms
-- unit: minutes
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: time
-- formula: Sum of the person's stays in rooms that start in the period; the same room in two tabs counts once.
-- pitfalls: Being in a room is not reading it. Two rooms at once count twice.
-- source: Perski 2017
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, minutes(sum(stay_us)) AS value FROM stay_together GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'time';

-- measure: copresence_minutes
-- label: Minutes in a room with somebody
-- unit: minutes
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: time
-- formula: Part of room_minutes during which at least one other participant was in the same room.
-- pitfalls: A lower bound: people who do not take part in research, or not in time, are not seen.
-- source: Sharma 2020
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, seen(f.missing, v.value) AS value, f.missing
FROM frame f
LEFT JOIN (SELECT person_id, period, minutes(sum(together_us)) AS value FROM stay_together GROUP BY ALL) v
  USING (person_id, period)
WHERE f.scope = 'time';

-- measure: speakers_per_stay
-- label: Other speakers per stay in a room
-- unit: people
-- grain: person_period
-- type: number
-- levels: not applicable
-- scope: time
-- formula: Mean, over the person's stays in rooms that start in the period, of the number of other participants who wrote
--   in the room during the stay.
-- pitfalls: A lower bound, as copresence_minutes. Missing (not_exposed) without a stay.
-- source: Sharma 2020
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT f.person_id, f.period, CASE WHEN f.missing = '' THEN v.value END AS value,
       CASE WHEN f.missing <> '' THEN f.missing WHEN v.value IS NULL THEN 'not_exposed' ELSE '' END AS missing
FROM frame f
LEFT JOIN (SELECT person_id, period, avg(speakers) AS value FROM stay_together GROUP BY ALL) v USING (person_id, period)
WHERE f.scope = 'time';
