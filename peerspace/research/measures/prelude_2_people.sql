-- Who was enrolled when, cut to the window, and what could be seen of them.

CREATE OR REPLACE TABLE channel AS SELECT unnest(['forum', 'room', 'one_to_one']) AS channel;

CREATE OR REPLACE TABLE enrolled AS
SELECT e.person_id, e.participant_id, e.scopes,
       greatest(e.from_us, getvariable('window_from_us')) AS from_us,
       least(e.to_us, getvariable('window_cut_us')) AS to_us,
       CASE WHEN e.to_us >= getvariable('window_cut_us') THEN 'cut' ELSE e.end_reason END AS end_reason
FROM enrolment e
WHERE e.from_us < getvariable('window_cut_us') AND e.to_us > getvariable('window_from_us');

CREATE OR REPLACE TABLE person AS SELECT DISTINCT person_id FROM enrolled;

-- scope_spell: unbroken stretches in which a person's consent covered a scope.
CREATE OR REPLACE TABLE scope_spell AS
WITH granted AS (
    SELECT struct_pack(person_id := person_id, scope := scope) AS grp, from_us, to_us
    FROM (SELECT person_id, from_us, to_us, unnest(string_split(scopes, ' ')) AS scope FROM enrolled)
)
SELECT grp.person_id AS person_id, grp.scope AS scope, island AS spell_no, from_us, to_us FROM merged('granted');

-- spell: the same for taking part at all. Why it ended is the reason of its last enrolment.
CREATE OR REPLACE TABLE spell AS
SELECT s.person_id, s.spell_no, s.from_us, s.to_us, max(e.end_reason) AS end_reason
FROM scope_spell s JOIN enrolled e ON e.person_id = s.person_id AND e.to_us = s.to_us
WHERE s.scope = 'usage'
GROUP BY s.person_id, s.spell_no, s.from_us, s.to_us;

-- frame: one row per person, period with any enrolment in it, and scope. `missing` is '' where the scope was granted
-- for some of the period, `withdrawn` where it was granted only before, else `declined`.
CREATE OR REPLACE TABLE frame AS
WITH exposed AS (
    SELECT s.person_id, s.scope, p.period, sum(overlap_us(s.from_us, s.to_us, p.from_us, p.to_us)) AS exposed_us
    FROM scope_spell s JOIN period p ON s.from_us < p.to_us AND s.to_us > p.from_us
    GROUP BY s.person_id, s.scope, p.period
),
first_grant AS (SELECT person_id, scope, min(period) AS period FROM exposed GROUP BY person_id, scope)
SELECT u.person_id, u.period, k.scope,
       coalesce(x.exposed_us, 0)::BIGINT AS exposed_us,
       CASE WHEN x.exposed_us > 0 THEN ''
            WHEN g.period < u.period THEN 'withdrawn'
            ELSE 'declined' END AS missing
FROM exposed u
CROSS JOIN (SELECT unnest(['usage', 'time', 'interactions', 'experience']) AS scope) k
LEFT JOIN exposed x ON x.person_id = u.person_id AND x.period = u.period AND x.scope = k.scope
LEFT JOIN first_grant g ON g.person_id = u.person_id AND g.scope = k.scope
WHERE u.scope = 'usage';

CREATE OR REPLACE TABLE channel_frame AS SELECT f.*, c.channel FROM frame f CROSS JOIN channel c;

-- person_frame: the same over the whole window.
CREATE OR REPLACE TABLE person_frame AS
SELECT person_id, scope, sum(exposed_us)::BIGINT AS exposed_us,
       CASE WHEN sum(exposed_us) > 0 THEN '' ELSE 'declined' END AS missing
FROM frame GROUP BY person_id, scope;

-- consent_spell: unbroken consent to one scope under one participant id; with both ends in, an instant is in one at most.
CREATE OR REPLACE TABLE consent_spell AS
WITH granted AS (
    SELECT struct_pack(participant_id := participant_id, person_id := person_id, scope := scope) AS grp, from_us, to_us
    FROM (SELECT *, unnest(string_split(scopes, ' ')) AS scope FROM enrolled)
)
SELECT grp.participant_id AS participant_id, grp.person_id AS person_id, grp.scope AS scope, from_us, to_us
FROM merged('granted');

-- event: what was captured within the window while the consent that stands now covered it (both ends in, so that the
-- event that ended it counts), with the person behind each participant id. The other party is a person only if both
-- consented to `interactions` at that moment; that anybody was answered is told only if the person did. `granted_us` is
-- since when the scope of the row stood.
CREATE OR REPLACE TABLE event AS
SELECT u.id, s.person_id, u.kind, u.at_us, u.modality AS channel, u.synchrony, u.place, u.item,
       CASE WHEN mine.person_id IS NULL THEN '' ELSE u.reply_to END AS reply_to,
       CASE WHEN mine.person_id IS NULL THEN '' ELSE coalesce(theirs.person_id, '') END AS other_person,
       CASE WHEN mine.person_id IS NULL THEN 'none'
            WHEN theirs.person_id = s.person_id THEN 'self'
            ELSE u.other_class END AS other_class,
       u.giver_role, u.giver_training, u.giver_pay, u.length_chars, u.duration_us, period_of(u.at_us) AS period,
       s.from_us AS granted_us
FROM usage_event u
JOIN consent_spell s
  ON s.participant_id = u.participant_id AND s.scope = u.scope AND u.at_us BETWEEN s.from_us AND s.to_us
LEFT JOIN consent_spell mine
  ON mine.participant_id = u.participant_id AND mine.scope = 'interactions' AND u.at_us BETWEEN mine.from_us AND mine.to_us
LEFT JOIN consent_spell theirs
  ON theirs.participant_id = u.other_participant AND theirs.scope = 'interactions'
 AND u.at_us BETWEEN theirs.from_us AND theirs.to_us
WHERE u.at_us >= getvariable('window_from_us') AND u.at_us < getvariable('window_cut_us');
