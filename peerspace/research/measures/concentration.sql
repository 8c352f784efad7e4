-- Concentration: how unevenly contributions are spread. Always per channel, since contributions are never added across
-- channels, and always both over everybody enrolled and over those who contributed.

-- measure: contribution_gini
-- label: Gini coefficient of contributions
-- unit: from 0 (all alike) to 1
-- grain: aggregate
-- type: number
-- levels: stat: enrolled, posters
-- scope: usage
-- formula: Sum over i of (2i - n - 1) x(i) / (n times the sum of x), x(i) the i-th smallest count of contributions in the
--   channel over the whole window; no small-sample correction. enrolled: everybody enrolled; posters: those with one or
--   more. n is the people.
-- pitfalls: Over enrolled it mixes unevenness with silence; state both.
-- source: van Mierlo 2014
-- tier: T0 T2
-- disclosure: visible
-- version: 1
WITH ranked AS (
    SELECT channel, population AS stat, contributions AS x,
           row_number() OVER (PARTITION BY channel, population ORDER BY contributions) AS i,
           count(*) OVER (PARTITION BY channel, population) AS n
    FROM contribution_count
)
SELECT 0 AS period, channel, stat, sum((2 * i - n - 1) * x) / nullif(any_value(n) * sum(x), 0) AS value,
       any_value(n) AS n, CASE WHEN sum(x) = 0 THEN 'not_applicable' ELSE '' END AS missing
FROM ranked GROUP BY channel, stat;

-- measure: top1_share
-- label: Share of contributions by the top 1%
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: enrolled, posters (exactly k people); enrolled_ties_in, posters_ties_in (k and whoever ties with the last)
-- scope: usage
-- formula: The share of a channel's contributions made by the k people with the most, k = 1% of the people rounded up.
--   enrolled and posters as for contribution_gini; n is the people.
-- pitfalls: Name which: a tie at the edge moves the second pair. In small groups 1% is one person, and the number is
--   theirs alone: suppress it.
-- source: van Mierlo 2014
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, channel, population || edge AS stat,
       sum(contributions) FILTER (WHERE CASE edge WHEN '' THEN in_top ELSE ties_top END)
           / nullif(sum(contributions), 0) AS value,
       count(*) AS n, CASE WHEN sum(contributions) = 0 THEN 'not_applicable' ELSE '' END AS missing
FROM contribution_count CROSS JOIN (SELECT unnest(['', '_ties_in']) AS edge)
GROUP BY channel, population, edge;

-- measure: top1_people
-- label: People in the top 1%
-- unit: people
-- grain: aggregate
-- type: integer
-- levels: stat: enrolled, posters, enrolled_ties_in, posters_ties_in
-- scope: usage
-- formula: The number of people behind each level of top1_share; n is the people they are taken from.
-- pitfalls: With ties in it may be more than 1%.
-- source: van Mierlo 2014
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, channel, population || edge AS stat,
       count(*) FILTER (WHERE CASE edge WHEN '' THEN in_top ELSE ties_top END) AS value, count(*) AS n, '' AS missing
FROM contribution_count CROSS JOIN (SELECT unnest(['', '_ties_in']) AS edge)
GROUP BY channel, population, edge;

-- measure: never_contributed
-- label: Share who never contributed
-- unit: share
-- grain: aggregate
-- type: number
-- levels: stat: enrolled
-- scope: usage
-- formula: Of everybody enrolled, the share without a contribution in the channel over the whole window (channel all: in
--   none); n is the enrolled.
-- pitfalls: They may read much; silence is not absence.
-- source: van Mierlo 2014
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, channel, 'enrolled' AS stat, avg((contributions = 0)::INTEGER) AS value, count(*) AS n, '' AS missing
FROM contribution_count WHERE population = 'enrolled' GROUP BY channel
UNION ALL
SELECT 0, 'all', 'enrolled', avg((person_id NOT IN (SELECT person_id FROM contribution))::INTEGER), count(*), ''
FROM person HAVING count(*) > 0;

-- measure: contributor_class
-- label: Class of contributor
-- unit: not applicable
-- grain: person
-- type: category
-- levels: reader (no contribution), contributor, superuser (in the top 1% of a channel)
-- scope: usage
-- formula: superuser: in the top 1% of enrolled people, ties in, in any channel with contributions; contributor: any
--   contribution; reader: none. Whole window.
-- pitfalls: Missing (too_few) unless more than 300 people are enrolled. A reader may never have read.
-- source: van Mierlo 2014
-- tier: T2
-- disclosure: visible
-- version: 1
WITH best AS (
    SELECT person_id, bool_or(ties_top AND contributions > 0) AS super, max(contributions) AS most
    FROM contribution_count WHERE population = 'enrolled' GROUP BY person_id
)
SELECT person_id,
       CASE WHEN (SELECT count(*) FROM person) <= 300 THEN NULL
            WHEN super THEN 'superuser' WHEN most > 0 THEN 'contributor' ELSE 'reader' END AS value,
       CASE WHEN (SELECT count(*) FROM person) <= 300 THEN 'too_few' ELSE '' END AS missing
FROM best;
