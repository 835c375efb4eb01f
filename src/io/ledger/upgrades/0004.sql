-- Version 4: who asked for a rollback is a fact of its own.

-- Who asked for a rollback, and why.
CREATE TABLE rollbacks (
    run_id INTEGER PRIMARY KEY REFERENCES runs (id),
    by     TEXT NOT NULL,
    reason TEXT                                                      -- in their words
) STRICT;

DROP VIEW chain_lines;

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
SELECT 'rollback', run_id, NULL,
       json_array('rollback', run_id, by, reason)
FROM rollbacks
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

CREATE TRIGGER rollbacks_are_facts BEFORE UPDATE ON rollbacks BEGIN SELECT raise(ABORT, 'rollbacks are facts'); END;
CREATE TRIGGER rollbacks_stay BEFORE DELETE ON rollbacks BEGIN SELECT raise(ABORT, 'rollbacks are facts'); END;
CREATE TRIGGER rollbacks_link AFTER INSERT ON rollbacks BEGIN INSERT INTO next_link VALUES ('rollback', NEW.run_id, NULL); END;
