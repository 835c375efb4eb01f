-- The hash chain: a link for everything that was ever added, made in the commit that adds it.

-- A run that found another ledger than the run before it had left: put back, replaced or rewritten.
-- Nothing before it is evidence for a streak.
CREATE TABLE restorations (
    run_id INTEGER PRIMARY KEY REFERENCES runs (id),
    links  INTEGER NOT NULL,                                         -- where the chain ended that was left
    hash   BLOB    NOT NULL CHECK (length(hash) = 32)                -- its head, which is not in this chain
) STRICT;

-- Each step of a question's answer: review_items keeps the last one only. A trigger writes it down.
CREATE TABLE review_turns (
    id            INTEGER PRIMARY KEY,
    review_id     INTEGER NOT NULL REFERENCES review_items (id),
    state         TEXT    NOT NULL,                                  -- what it turned to
    decided_at    INTEGER,
    decided_by    TEXT,
    decided_why   TEXT,
    expires_at    INTEGER,
    mass          INTEGER NOT NULL,
    snoozed_until INTEGER,
    note          TEXT
) STRICT;
CREATE INDEX review_turns_by_review ON review_turns (review_id);

-- The hash chain: a link for every row that was added above, and for every opening and ending of a
-- row below (but messages), made by a trigger in the same commit. To compute a link again:
--   SHA-256 of  the hash before it in hex (64 zeros before the first), a newline,
--               its line in `chain_lines`, a newline
CREATE TABLE chain (
    id    INTEGER PRIMARY KEY,                                       -- 1, 2, 3 … without a gap
    fact  TEXT    NOT NULL,                                          -- what it is a link for
    key   INTEGER NOT NULL,                                          -- which
    since INTEGER,                                                   -- and which interval of it
    hash  BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- When a ledger with a history began its chain: the links to the rows it found vouch for nothing
-- that happened before.
CREATE TABLE chain_beginnings (
    id             INTEGER PRIMARY KEY,
    schema_version INTEGER NOT NULL,                                 -- of the ledger that was found
    links          INTEGER NOT NULL                                  -- to the rows that were found
) STRICT;

-- What a link says of its row: one JSON text, in one line. Bytes are in hex.
CREATE VIEW chain_lines AS
SELECT 'run' AS fact, id AS key, NULL AS since,
       json_array('run', id, kind, reverts, started_at) AS line
FROM runs
UNION ALL
SELECT 'ending', run_id, NULL,
       json_array('ending', run_id, finished_at, exit_code,
                  json((SELECT json_group_array(json_array(c.company_id, c.tally_id, c.trouble))
                        FROM (SELECT * FROM company_runs p WHERE p.run_id = e.run_id
                              ORDER BY p.company_id) c)))
FROM run_endings e
UNION ALL
SELECT 'restoration', run_id, NULL,
       json_array('restoration', run_id, links, hex(hash))
FROM restorations
UNION ALL
SELECT 'tally', id, NULL,
       json_array('tally', id, body)
FROM tallies
UNION ALL
SELECT 'scope', id, NULL,
       json_array('scope', id, hex(hash), body)
FROM scopes
UNION ALL
SELECT 'content', id, NULL,
       json_array('content', id, hex(hash), event_types, hex(body))
FROM contents
UNION ALL
SELECT 'findings', id, NULL,
       json_array('findings', id, body)
FROM findings
UNION ALL
SELECT 'observation', id, NULL,
       json_array('observation', id, run_id, company_id, team_id, verdict, counts,
                  starts_series, scope_id, content_id, findings_id)
FROM observations
UNION ALL
SELECT 'acceptance', observation_id, NULL,
       json_array('acceptance', observation_id, at, by, reason, counts, must_contain)
FROM acceptances
UNION ALL
SELECT 'look-up', id, NULL,
       json_array('look-up', id, run_id, company_id, team_id, event_type_id, answer, note)
FROM lookups
UNION ALL
SELECT 'decision', id, NULL,
       json_array('decision', id, run_id, company_id, service_id, event_type_id, action,
                  reason)
FROM decisions
UNION ALL
SELECT 'change', id, NULL,
       json_array('change', id, run_id, at, company_id, service_id, event_type_id, kind, name,
                  before, after, reason, review_id)
FROM journal
UNION ALL
SELECT 'settlement', journal_id, NULL,
       json_array('settlement', journal_id, run_id, state, service_id, note)
FROM settlements
UNION ALL
SELECT 'answer', id, NULL,
       json_array('answer', id, review_id, state, decided_at, decided_by, decided_why,
                  expires_at, mass, snoozed_until, note)
FROM review_turns
UNION ALL
SELECT 'beginning', id, NULL,
       json_array('beginning', id, schema_version, links)
FROM chain_beginnings
UNION ALL
SELECT 'present', event_type_id, since,
       json_array('present', event_type_id, since, team_id, company_id)
FROM presence
UNION ALL
SELECT 'absent', event_type_id, since,
       json_array('absent', event_type_id, since, until)
FROM presence WHERE until IS NOT NULL
UNION ALL
SELECT 'sighting', service_id, since_run,
       json_array('sighting', service_id, since_run, company_id, name, event_type_id,
                  is_active, sync_status, standing_since)
FROM sightings
UNION ALL
SELECT 'sighting-end', service_id, since_run,
       json_array('sighting-end', service_id, since_run, until_run)
FROM sightings WHERE until_run IS NOT NULL
UNION ALL
SELECT 'question', id, NULL,
       json_array('question', id, kind, company_id, service_id, event_type_id, observation_id,
                  name, reason, changes, hex(digest), run_id, since)
FROM review_items
UNION ALL
SELECT 'hold', id, NULL,
       json_array('hold', id, service_id, event_type_id, by, at, reason, run_id)
FROM holds
UNION ALL
SELECT 'release', id, NULL,
       json_array('release', id, released_at, released_by)
FROM holds WHERE released_at IS NOT NULL
UNION ALL
SELECT 'pause', id, NULL,
       json_array('pause', id, by, at, reason, until)
FROM pauses
UNION ALL
SELECT 'resume', id, NULL,
       json_array('resume', id, resumed_at, resumed_by)
FROM pauses WHERE resumed_at IS NOT NULL;

DROP VIEW absence_evidence;
CREATE VIEW absence_evidence AS
SELECT s.service_id, s.event_type_id, o.team_id, o.id AS observation_id, o.at
FROM sightings s
JOIN accepted_observations o ON o.company_id = s.company_id
WHERE s.until_run IS NULL
  AND s.is_active = 1
  AND s.event_type_id IS NOT NULL
  AND o.counts = 1
  AND o.run_id >= s.standing_since
  AND o.run_id >= coalesce((SELECT max(b.run_id) FROM restorations b), 0)
  AND o.id >= coalesce((SELECT max(p.until) FROM presence p
                        WHERE p.event_type_id = s.event_type_id
                          AND (p.company_id = s.company_id OR p.team_id = o.team_id)), 0)
  AND o.run_id > coalesce((SELECT max(l.run_id) FROM lookups l
                           WHERE l.event_type_id = s.event_type_id AND l.company_id = s.company_id
                             AND l.answer = 'exists'), 0)
  AND o.id >= coalesce((SELECT max(b.id) FROM accepted_observations b
                        WHERE b.team_id = o.team_id AND b.starts_series = 1), 0)
  AND NOT EXISTS (SELECT 1 FROM presence p
                  WHERE p.event_type_id = s.event_type_id
                    AND (p.company_id = s.company_id OR p.team_id = o.team_id)
                    AND p.until IS NULL);

-- Where links are made: whatever is inserted here becomes the next link. `link_hash` is a function
-- of this program, so nobody else can add to a ledger by accident.
CREATE VIEW next_link AS SELECT fact, key, since FROM chain;
CREATE TRIGGER next_link_is_made INSTEAD OF INSERT ON next_link BEGIN
    INSERT INTO chain (fact, key, since, hash)
    SELECT NEW.fact, NEW.key, NEW.since,
           link_hash((SELECT hash FROM chain ORDER BY id DESC LIMIT 1),
                     (SELECT line FROM chain_lines l
                      WHERE l.fact = NEW.fact AND l.key = NEW.key AND l.since IS NEW.since));
END;

CREATE TRIGGER pauses_end_once BEFORE UPDATE ON pauses
WHEN OLD.resumed_at IS NOT NULL OR NEW.resumed_at IS NULL
  OR (NEW.id, NEW.by, NEW.at, NEW.reason, NEW.until) IS NOT (OLD.id, OLD.by, OLD.at, OLD.reason, OLD.until)
BEGIN SELECT raise(ABORT, 'a pause can only be ended, once'); END;
CREATE TRIGGER pauses_stay BEFORE DELETE ON pauses BEGIN SELECT raise(ABORT, 'pauses are history'); END;

CREATE TRIGGER restorations_are_facts BEFORE UPDATE ON restorations BEGIN SELECT raise(ABORT, 'restorations are facts'); END;
CREATE TRIGGER restorations_stay BEFORE DELETE ON restorations BEGIN SELECT raise(ABORT, 'restorations are facts'); END;
CREATE TRIGGER review_turns_are_facts BEFORE UPDATE ON review_turns BEGIN SELECT raise(ABORT, 'answers are facts'); END;
CREATE TRIGGER review_turns_stay BEFORE DELETE ON review_turns BEGIN SELECT raise(ABORT, 'answers are facts'); END;
CREATE TRIGGER chain_is_fact BEFORE UPDATE ON chain BEGIN SELECT raise(ABORT, 'links are facts'); END;
CREATE TRIGGER chain_stays BEFORE DELETE ON chain BEGIN SELECT raise(ABORT, 'links are facts'); END;
CREATE TRIGGER chain_beginnings_are_facts BEFORE UPDATE ON chain_beginnings BEGIN SELECT raise(ABORT, 'beginnings are facts'); END;
CREATE TRIGGER chain_beginnings_stay BEFORE DELETE ON chain_beginnings BEGIN SELECT raise(ABORT, 'beginnings are facts'); END;

CREATE TRIGGER runs_link AFTER INSERT ON runs BEGIN INSERT INTO next_link VALUES ('run', NEW.id, NULL); END;
CREATE TRIGGER run_endings_link AFTER INSERT ON run_endings BEGIN INSERT INTO next_link VALUES ('ending', NEW.run_id, NULL); END;
CREATE TRIGGER restorations_link AFTER INSERT ON restorations BEGIN INSERT INTO next_link VALUES ('restoration', NEW.run_id, NULL); END;
CREATE TRIGGER tallies_link AFTER INSERT ON tallies BEGIN INSERT INTO next_link VALUES ('tally', NEW.id, NULL); END;
CREATE TRIGGER scopes_link AFTER INSERT ON scopes BEGIN INSERT INTO next_link VALUES ('scope', NEW.id, NULL); END;
CREATE TRIGGER contents_link AFTER INSERT ON contents BEGIN INSERT INTO next_link VALUES ('content', NEW.id, NULL); END;
CREATE TRIGGER findings_link AFTER INSERT ON findings BEGIN INSERT INTO next_link VALUES ('findings', NEW.id, NULL); END;
CREATE TRIGGER observations_link AFTER INSERT ON observations BEGIN INSERT INTO next_link VALUES ('observation', NEW.id, NULL); END;
CREATE TRIGGER acceptances_link AFTER INSERT ON acceptances BEGIN INSERT INTO next_link VALUES ('acceptance', NEW.observation_id, NULL); END;
CREATE TRIGGER lookups_link AFTER INSERT ON lookups BEGIN INSERT INTO next_link VALUES ('look-up', NEW.id, NULL); END;
CREATE TRIGGER decisions_link AFTER INSERT ON decisions BEGIN INSERT INTO next_link VALUES ('decision', NEW.id, NULL); END;
CREATE TRIGGER journal_link AFTER INSERT ON journal BEGIN INSERT INTO next_link VALUES ('change', NEW.id, NULL); END;
CREATE TRIGGER settlements_link AFTER INSERT ON settlements BEGIN INSERT INTO next_link VALUES ('settlement', NEW.journal_id, NULL); END;
CREATE TRIGGER review_turns_link AFTER INSERT ON review_turns BEGIN INSERT INTO next_link VALUES ('answer', NEW.id, NULL); END;
CREATE TRIGGER chain_beginnings_link AFTER INSERT ON chain_beginnings BEGIN INSERT INTO next_link VALUES ('beginning', NEW.id, NULL); END;
CREATE TRIGGER presence_link AFTER INSERT ON presence BEGIN INSERT INTO next_link VALUES ('present', NEW.event_type_id, NEW.since); END;
CREATE TRIGGER presence_link_absent AFTER UPDATE ON presence BEGIN INSERT INTO next_link VALUES ('absent', NEW.event_type_id, NEW.since); END;
CREATE TRIGGER sightings_link AFTER INSERT ON sightings BEGIN INSERT INTO next_link VALUES ('sighting', NEW.service_id, NEW.since_run); END;
CREATE TRIGGER sightings_link_sighting_end AFTER UPDATE ON sightings BEGIN INSERT INTO next_link VALUES ('sighting-end', NEW.service_id, NEW.since_run); END;
CREATE TRIGGER review_items_link AFTER INSERT ON review_items BEGIN INSERT INTO next_link VALUES ('question', NEW.id, NULL); END;
CREATE TRIGGER holds_link AFTER INSERT ON holds BEGIN INSERT INTO next_link VALUES ('hold', NEW.id, NULL); END;
CREATE TRIGGER holds_link_release AFTER UPDATE ON holds BEGIN INSERT INTO next_link VALUES ('release', NEW.id, NULL); END;
CREATE TRIGGER pauses_link AFTER INSERT ON pauses BEGIN INSERT INTO next_link VALUES ('pause', NEW.id, NULL); END;
CREATE TRIGGER pauses_link_resume AFTER UPDATE ON pauses BEGIN INSERT INTO next_link VALUES ('resume', NEW.id, NULL); END;
CREATE TRIGGER review_items_turn AFTER UPDATE ON review_items BEGIN
    INSERT INTO review_turns (review_id, state, decided_at, decided_by, decided_why, expires_at, mass, snoozed_until, note)
    VALUES (NEW.id, NEW.state, NEW.decided_at, NEW.decided_by, NEW.decided_why, NEW.expires_at, NEW.mass, NEW.snoozed_until, NEW.note);
END;
-- The link to a run's ending covers its companies' parts, so they come before it.
CREATE TRIGGER company_runs_come_before_the_ending BEFORE INSERT ON company_runs
WHEN EXISTS (SELECT 1 FROM run_endings WHERE run_id = NEW.run_id)
BEGIN SELECT raise(ABORT, 'the run has ended'); END;

-- What an older ledger holds gets its links now, and last of all one that says so. Of a question's
-- answers only the last is known.
INSERT INTO next_link SELECT fact, key, since FROM chain_lines WHERE fact <> 'beginning';
INSERT INTO review_turns (review_id, state, decided_at, decided_by, decided_why, expires_at, mass, snoozed_until, note)
SELECT id, state, decided_at, decided_by, decided_why, expires_at, mass, snoozed_until, note
FROM review_items WHERE state <> 'pending' ORDER BY id;
INSERT INTO chain_beginnings (schema_version, links)
SELECT 1, count(*) FROM chain HAVING count(*) > 0;
