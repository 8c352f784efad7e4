-- contribution_count: of every person and channel, contributions over the window; once among everybody enrolled, once
-- among those with one or more. With k = 1% of the people rounded up, `in_top` marks exactly k of them (which of several
-- tied people is among them makes no difference to a sum), `ties_top` those k and whoever ties with the last of them.
CREATE OR REPLACE TABLE contribution_count AS
WITH counted AS (
    SELECT p.person_id, c.channel, count(k.id) AS contributions
    FROM person p CROSS JOIN channel c
    LEFT JOIN contribution k ON k.person_id = p.person_id AND k.channel = c.channel
    GROUP BY p.person_id, c.channel
),
populated AS (
    SELECT *, 'enrolled' AS population FROM counted
    UNION ALL SELECT *, 'posters' FROM counted WHERE contributions > 0
),
ranked AS (
    SELECT *, rank() OVER (PARTITION BY channel, population ORDER BY contributions DESC) AS tied_place,
           row_number() OVER (PARTITION BY channel, population ORDER BY contributions DESC, person_id) AS place,
           (99 + count(*) OVER (PARTITION BY channel, population)) // 100 AS k
    FROM populated
)
SELECT person_id, channel, population, contributions, place <= k AS in_top, tied_place <= k AS ties_top FROM ranked;
