-- Who wrote to whom, who answered whom, and after how long.

-- tie_event: a contribution directed to another known participant (both consent to `interactions`), never to oneself.
CREATE OR REPLACE TABLE tie_event AS
SELECT id, person_id AS from_person, other_person AS to_person, at_us, at_us // 1000000 AS second, period, channel, place
FROM contribution
WHERE other_person <> '' AND other_person <> person_id AND other_class <> 'self';

-- tie: directed pairs over the whole window (period 0), for all channels together ('all') and one by one.
CREATE OR REPLACE TABLE tie AS
SELECT coalesce(period, 0) AS period, coalesce(channel, 'all') AS channel, from_person, to_person, count(*) AS contributions
FROM tie_event
GROUP BY GROUPING SETS ((from_person, to_person), (channel, from_person, to_person), (period, from_person, to_person));

-- tie_count: of each group, ties, ties with a reverse tie, and so pairs.
CREATE OR REPLACE TABLE tie_count AS
SELECT t.period, t.channel, count(*) AS ties, count(r.from_person) AS returned_ties,
       count(r.from_person) // 2 AS mutual_dyads, count(*) - count(r.from_person) AS asymmetric_dyads,
       count(*) - count(r.from_person) // 2 AS connected_dyads
FROM tie t LEFT JOIN tie r
  ON r.period = t.period AND r.channel = t.channel AND r.from_person = t.to_person AND r.to_person = t.from_person
GROUP BY t.period, t.channel;

-- dyad: unordered pairs with a first contact. `initiated` where the first second holds contributions of one side only.
-- The answer is the first contribution the other way in a strictly later second. Both are followed until the first of
-- the two stops consenting to `interactions`, or the cut.
CREATE OR REPLACE TABLE dyad AS
WITH turn AS (
    SELECT least(from_person, to_person) AS a, greatest(from_person, to_person) AS b, from_person, to_person, at_us, second,
           unnest(['all', channel]) AS channel
    FROM tie_event
),
first_contact AS (
    SELECT channel, a, b, min(second) AS second FROM turn GROUP BY channel, a, b
),
opening AS (
    SELECT t.channel, t.a, t.b, f.second, count(DISTINCT t.from_person) = 1 AS initiated,
           arg_min(t.from_person, t.at_us) AS initiator, arg_min(t.to_person, t.at_us) AS receiver,
           min(t.at_us) AS started_us
    FROM turn t JOIN first_contact f ON f.channel = t.channel AND f.a = t.a AND f.b = t.b AND f.second = t.second
    GROUP BY t.channel, t.a, t.b, f.second
),
answer AS (
    SELECT o.channel, o.a, o.b, min(t.at_us) AS answer_us
    FROM opening o JOIN turn t
      ON t.channel = o.channel AND t.a = o.a AND t.b = o.b AND t.from_person = o.receiver AND t.second > o.second
    GROUP BY o.channel, o.a, o.b
),
followed AS (
    SELECT o.*, least(si.to_us, sr.to_us) AS end_us
    FROM opening o
    JOIN scope_spell si ON si.person_id = o.initiator AND si.scope = 'interactions'
                       AND o.started_us BETWEEN si.from_us AND si.to_us
    JOIN scope_spell sr ON sr.person_id = o.receiver AND sr.scope = 'interactions'
                       AND o.started_us BETWEEN sr.from_us AND sr.to_us
)
SELECT f.channel, f.initiator, f.receiver, f.initiated, f.started_us, f.end_us,
       coalesce(n.answer_us <= f.end_us, false) AS answered,
       least(coalesce(n.answer_us, f.end_us), f.end_us) - f.started_us AS observed_us,
       f.end_us - f.started_us AS followed_us
FROM followed f LEFT JOIN answer n ON n.channel = f.channel AND n.a = f.a AND n.b = f.b;

CREATE OR REPLACE TABLE dyad_curve AS
WITH observations AS (SELECT channel AS grp, observed_us, answered AS event, followed_us AS possible_us FROM dyad WHERE initiated)
FROM km('observations');

-- reply_given and reply_received. A reply names a `reply_to`, or is a post in a thread (then it answers the opener);
-- never to oneself. A message in a room or a conversation without `reply_to` is a contribution, not a reply.
CREATE OR REPLACE TABLE reply_given AS
SELECT id, person_id, at_us, period, channel, other_person, other_class FROM contribution
WHERE (reply_to <> '' OR kind = 'post_written') AND other_class NOT IN ('self', 'none') AND other_person <> person_id;

CREATE OR REPLACE TABLE reply_received AS
SELECT id, person_id, at_us, period, channel, item, reply_to, other_person, other_class,
       giver_role, giver_training, giver_pay
FROM event WHERE kind = 'reply_received' AND other_class <> 'self' AND other_person <> person_id;

-- response: each own contribution and the first reply to it by somebody else, followed until the author's consent to
-- `interactions` ended, or the cut. Contributions made without that consent are not here: nobody could see an answer.
CREATE OR REPLACE TABLE response AS
WITH first_reply AS (
    SELECT person_id, reply_to AS item, min(at_us) AS reply_us FROM reply_received WHERE reply_to <> '' GROUP BY ALL
)
SELECT c.id, c.person_id, c.channel, c.period, c.kind = 'thread_started' AS opener, c.at_us AS started_us,
       coalesce(r.reply_us <= s.to_us, false) AS answered,
       least(coalesce(r.reply_us, s.to_us), s.to_us) - c.at_us AS observed_us,
       s.to_us - c.at_us AS followed_us
FROM contribution c
JOIN scope_spell s ON s.person_id = c.person_id AND s.scope = 'interactions' AND c.at_us BETWEEN s.from_us AND s.to_us
LEFT JOIN first_reply r ON r.person_id = c.person_id AND r.item = c.item AND r.reply_us >= c.at_us
WHERE c.item <> '';

CREATE OR REPLACE TABLE opener_curve AS
WITH observations AS (SELECT channel AS grp, observed_us, answered AS event, followed_us AS possible_us FROM response WHERE opener)
FROM km('observations');

CREATE OR REPLACE TABLE contribution_curve AS
WITH observations AS (SELECT channel AS grp, observed_us, answered AS event, followed_us AS possible_us FROM response)
FROM km('observations');

CREATE OR REPLACE TABLE response_mark (stat VARCHAR, mark_us BIGINT);
INSERT INTO response_mark VALUES ('at_1h', 3600000000), ('at_24h', 86400000000), ('at_7d', 604800000000);

-- exchange: A wrote in a place, B answered A there, A then answered B there (Sharma 2020). One row per A, B and place,
-- at the moment it first became mutual.
CREATE OR REPLACE TABLE exchange AS
WITH entered AS (SELECT person_id, place, min(at_us) AS at_us FROM contribution GROUP BY person_id, place),
answered AS (
    SELECT t.to_person AS person_id, t.from_person AS other_person, t.place, min(t.at_us) AS at_us
    FROM tie_event t JOIN entered e ON e.person_id = t.to_person AND e.place = t.place AND e.at_us < t.at_us
    GROUP BY ALL
)
SELECT a.person_id, a.other_person, a.place, arg_min(t.channel, t.at_us) AS channel, arg_min(t.period, t.at_us) AS period
FROM answered a JOIN tie_event t
  ON t.from_person = a.person_id AND t.to_person = a.other_person AND t.place = a.place AND t.at_us > a.at_us
GROUP BY a.person_id, a.other_person, a.place;

-- thread_shape: of threads whose opener was captured: how deep the captured replies nest (opener 0), and the most posts
-- on one level. A post without `reply_to` answers the opener; one whose parent was not captured is taken to do so too,
-- which makes depth a lower bound. A parent has a smaller id than its answer, which is what ends the recursion.
CREATE OR REPLACE TABLE thread_shape AS
WITH RECURSIVE post AS (
    SELECT id, place, item, at_us, period, kind, reply_to FROM contribution WHERE channel = 'forum' AND place <> ''
),
opener AS (
    SELECT place, min(id) AS id, arg_min(period, id) AS period FROM post WHERE kind = 'thread_started' GROUP BY place
),
reply AS (
    SELECT p.id, p.place, coalesce(parent.id, o.id) AS parent_id
    FROM post p JOIN opener o ON o.place = p.place AND p.id > o.id
    LEFT JOIN post parent ON parent.place = p.place AND parent.item = p.reply_to AND p.reply_to <> ''
                         AND parent.id < p.id
    WHERE p.kind = 'post_written'
),
tree AS (
    SELECT id, place, 0 AS level FROM opener
    UNION ALL
    SELECT r.id, r.place, t.level + 1 FROM reply r JOIN tree t ON r.parent_id = t.id
),
width AS (SELECT place, level, count(*) AS posts FROM tree GROUP BY place, level)
SELECT w.place, o.period, max(w.level) AS depth, max(w.posts) AS breadth, sum(w.posts)::BIGINT AS posts
FROM width w JOIN opener o ON o.place = w.place
GROUP BY w.place, o.period;
