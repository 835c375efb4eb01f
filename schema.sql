-- The ledger of reconciler: what was observed, decided, written and asked. One SQLite file.
--
-- Read it from top to bottom. Four parts:
--   facts     happened; triggers refuse to change or delete them
--   standing  is true until something ends it; triggers allow only that ending
--   chain     a hash over all of that, link by link, so that a change to history shows
--   derived   views; nothing in them is stored
--
-- It grows with change, not with time: presence and rows are kept as intervals, and what is the
-- same run after run (contents, findings, scopes, tallies) is kept once and pointed at.
-- It keeps no personal data: names and addresses of hosts in an answer are never stored.
--
-- Times are milliseconds since 1970-01-01 UTC; `datetime(at / 1000, 'unixepoch')` reads them.

PRAGMA application_id = 1380270927; -- 'RECO': a foreign SQLite file is told apart by it

------------------------------------------------------------------------------------------- facts

-- One pass of the program. Its number is what a person types after `rollback`.
CREATE TABLE runs (
    id         INTEGER PRIMARY KEY,                                  -- 1, 2, 3 …
    kind       TEXT    NOT NULL CHECK (kind IN ('sync', 'rollback')),
    reverts    INTEGER REFERENCES runs (id),                         -- rollback: the run undone
    started_at INTEGER NOT NULL,                                     -- the run's `now`
    CHECK (reverts IS NULL OR kind = 'rollback')
) STRICT;

-- How a run ended. A run without one is running, or was cut off.
CREATE TABLE run_endings (
    run_id      INTEGER PRIMARY KEY REFERENCES runs (id),
    finished_at INTEGER NOT NULL,
    exit_code   INTEGER NOT NULL CHECK (exit_code BETWEEN 0 AND 255)
) STRICT;

-- Who asked for a rollback, and why.
CREATE TABLE rollbacks (
    run_id INTEGER PRIMARY KEY REFERENCES runs (id),
    by     TEXT NOT NULL,
    reason TEXT                                                      -- in their words
) STRICT;

-- A run that found another ledger than the run before it had left: put back, replaced or rewritten.
-- Nothing before it is evidence for a streak.
CREATE TABLE restorations (
    run_id INTEGER PRIMARY KEY REFERENCES runs (id),
    links  INTEGER NOT NULL,                                         -- where the chain ended that was left
    hash   BLOB    NOT NULL CHECK (length(hash) = 32)                -- its head, which is not in this chain
) STRICT;

-- What a run saw and did for a company, in numbers: kept once per distinct content.
CREATE TABLE tallies (
    id   INTEGER PRIMARY KEY,
    body TEXT NOT NULL UNIQUE CHECK (json_valid(body))               -- {"counts":{…},"services":{…}}
) STRICT;

-- One company's part of a run.
CREATE TABLE company_runs (
    run_id     INTEGER NOT NULL REFERENCES runs (id),
    company_id INTEGER NOT NULL,
    tally_id   INTEGER NOT NULL REFERENCES tallies (id),
    trouble    TEXT,                                                 -- why it could not be finished
    PRIMARY KEY (run_id, company_id)
) STRICT, WITHOUT ROWID;

-- What an observation was made of. Under another scope streaks start again.
CREATE TABLE scopes (
    id   INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),             -- SHA-256 of body
    body TEXT NOT NULL CHECK (json_valid(body))                      -- base URL, API version, team, teams, key fingerprint, mapping
) STRICT;

-- What was read: the fields that matter, in id order, kept once per distinct content.
CREATE TABLE contents (
    id          INTEGER PRIMARY KEY,
    hash        BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),   -- SHA-256 of the JSON lines before compression
    event_types INTEGER NOT NULL CHECK (event_types >= 0),           -- how many lines
    body        BLOB    NOT NULL                                     -- zlib: one JSON array a line: id, title, slug, minutes, hidden
) STRICT;

-- Why an observation got its verdict: kept once per distinct content.
CREATE TABLE findings (
    id   INTEGER PRIMARY KEY,
    body TEXT NOT NULL UNIQUE CHECK (json_valid(body))               -- a list, in the order of the checks
) STRICT;

-- One attempt to read a team's event types. Every configured team has one in every run.
CREATE TABLE observations (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL REFERENCES runs (id),             -- its `started_at` is the observation's time
    company_id    INTEGER NOT NULL,
    team_id       INTEGER NOT NULL,
    verdict       TEXT    NOT NULL CHECK (verdict IN ('accepted', 'quarantined', 'rejected', 'failed')),
    counts        INTEGER NOT NULL CHECK (counts IN (0, 1)),         -- an absence in it advances streaks
    starts_series INTEGER NOT NULL CHECK (starts_series IN (0, 1)),  -- new scope or expired: streaks start again here
    scope_id      INTEGER NOT NULL REFERENCES scopes (id),
    content_id    INTEGER REFERENCES contents (id),                  -- NULL: nothing readable came
    findings_id   INTEGER REFERENCES findings (id),                  -- NULL: none
    CHECK (counts = 0 OR verdict = 'accepted'),
    CHECK (content_id IS NOT NULL OR verdict IN ('rejected', 'failed'))
) STRICT;
CREATE INDEX observations_by_team ON observations (team_id);

-- A person's word that a quarantined observation is true.
CREATE TABLE acceptances (
    observation_id INTEGER PRIMARY KEY REFERENCES observations (id),
    at             INTEGER NOT NULL,
    by             TEXT    NOT NULL,
    reason         TEXT,
    counts         INTEGER NOT NULL CHECK (counts IN (0, 1)),        -- as one absence, at the observation's own time
    must_contain   TEXT    NOT NULL CHECK (json_valid(must_contain)) -- canaries configured then; missing ones are retired until that changes
) STRICT;

-- A look-up of an event type by its own id.
CREATE TABLE lookups (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL REFERENCES runs (id),
    company_id    INTEGER NOT NULL,
    team_id       INTEGER NOT NULL,
    event_type_id INTEGER NOT NULL,
    answer        TEXT    NOT NULL CHECK (answer IN ('exists', 'not-found', 'unclear')), -- exists: a contradiction of the list
    note          TEXT                                               -- what was seen, when unclear
) STRICT;
CREATE INDEX lookups_by_event_type ON lookups (event_type_id, answer);

-- What was decided, written down when it differs from the last decision on the same subject.
-- A subject without any is in step.
CREATE TABLE decisions (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL REFERENCES runs (id),
    company_id    INTEGER NOT NULL,
    service_id    INTEGER,
    event_type_id INTEGER,
    action        TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    CHECK (service_id IS NOT NULL OR event_type_id IS NOT NULL)
) STRICT;
CREATE INDEX decisions_by_subject ON decisions (company_id, service_id, event_type_id);

-- One change of one row, written down before it is made.
CREATE TABLE journal (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL REFERENCES runs (id),
    at            INTEGER NOT NULL,
    company_id    INTEGER NOT NULL,
    service_id    INTEGER,                                           -- NULL: an import, whose row has no number yet
    event_type_id INTEGER,
    kind          TEXT    NOT NULL CHECK (kind IN ('deactivate', 'reactivate', 'import', 'link', 'relink', 'update', 'revert', 'remove')),
    name          TEXT    NOT NULL,
    before        TEXT    CHECK (json_valid(before)),                -- what must stand there; NULL: no row
    after         TEXT    CHECK (json_valid(after)),                 -- what stands there afterwards; NULL: no row
    reason        TEXT    NOT NULL,                                  -- why, and who allowed it
    review_id     INTEGER REFERENCES review_items (id),
    CHECK (before IS NOT NULL OR after IS NOT NULL),
    CHECK (service_id IS NOT NULL OR before IS NULL)
) STRICT;
CREATE INDEX journal_by_run ON journal (run_id);
CREATE INDEX journal_by_service ON journal (service_id);

-- How a journal entry ended. An entry without one is `intended`: recovery settles it. What a
-- rollback was asked for and refused is an entry that is `conflicted` from its own commit on.
CREATE TABLE settlements (
    journal_id INTEGER PRIMARY KEY REFERENCES journal (id),          -- it settles once
    run_id     INTEGER REFERENCES runs (id),                         -- who settled it, where not its own run
    state      TEXT    NOT NULL CHECK (state IN ('applied', 'abandoned', 'conflicted')),
    service_id INTEGER,                                              -- the row, once known
    note       TEXT                                                  -- what was seen, where not applied
) STRICT;
CREATE INDEX settlements_by_service ON settlements (service_id);

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

---------------------------------------------------------------------------------------- standing

-- From which observation to which an event type was present: opened by an accepted or quarantined
-- observation that shows it, ended by the first accepted one that does not.
CREATE TABLE presence (
    team_id       INTEGER NOT NULL,
    event_type_id INTEGER NOT NULL,
    since         INTEGER NOT NULL REFERENCES observations (id),
    company_id    INTEGER NOT NULL,
    until         INTEGER REFERENCES observations (id),              -- NULL: present still
    PRIMARY KEY (team_id, event_type_id, since),
    CHECK (until > since)
) STRICT, WITHOUT ROWID;
CREATE INDEX presence_by_event_type ON presence (event_type_id, company_id);

-- From which run to which a row of the application was seen as it was.
CREATE TABLE sightings (
    service_id     INTEGER NOT NULL,
    since_run      INTEGER NOT NULL REFERENCES runs (id),
    company_id     INTEGER NOT NULL,
    name           TEXT    NOT NULL,
    event_type_id  INTEGER,
    is_active      INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    sync_status    TEXT,
    standing_since INTEGER NOT NULL REFERENCES runs (id),            -- the first run in a row that saw this link and this is_active
    until_run      INTEGER REFERENCES runs (id),                     -- the first run that saw it otherwise, or gone
    PRIMARY KEY (service_id, since_run)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sightings_open ON sightings (company_id, service_id) WHERE until_run IS NULL;

-- A question to a person about exactly one change (or one batch, or one observation).
CREATE TABLE review_items (
    id             INTEGER PRIMARY KEY,
    kind           TEXT    NOT NULL CHECK (kind IN ('deactivate', 'import', 'import-batch', 'link', 'relink', 'update', 'reactivate', 'observation')),
    company_id     INTEGER NOT NULL,
    service_id     INTEGER,
    event_type_id  INTEGER,
    observation_id INTEGER REFERENCES observations (id),
    name           TEXT    NOT NULL,
    reason         TEXT    NOT NULL,                                 -- why it is asked
    changes        TEXT    NOT NULL CHECK (json_valid(changes)),     -- what a yes would do
    digest         BLOB    NOT NULL CHECK (length(digest) = 32),     -- SHA-256 of exactly that, and of the scope
    run_id         INTEGER NOT NULL REFERENCES runs (id),            -- who asked
    since          INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'applied', 'kept', 'snoozed', 'void', 'expired')),
    decided_at     INTEGER,
    decided_by     TEXT,
    decided_why    TEXT,
    expires_at     INTEGER,                                          -- of a yes
    mass           INTEGER NOT NULL DEFAULT 0 CHECK (mass IN (0, 1)),-- a yes that named its number
    snoozed_until  INTEGER,
    note           TEXT,                                             -- why it became void, and such
    CHECK (state <> 'approved' OR (decided_by IS NOT NULL AND expires_at IS NOT NULL))
) STRICT;
CREATE INDEX review_items_open ON review_items (company_id, kind) WHERE state IN ('pending', 'approved', 'snoozed');

-- A person's word to leave a service or an event type alone until released.
CREATE TABLE holds (
    id            INTEGER PRIMARY KEY,
    service_id    INTEGER,
    event_type_id INTEGER,
    by            TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    reason        TEXT    NOT NULL,
    run_id        INTEGER REFERENCES runs (id),                      -- the rollback that left it
    released_at   INTEGER,
    released_by   TEXT,
    CHECK ((service_id IS NULL) <> (event_type_id IS NULL))
) STRICT;
CREATE INDEX holds_open ON holds (service_id, event_type_id) WHERE released_at IS NULL;

-- A person's word to touch no service for a while.
CREATE TABLE pauses (
    id         INTEGER PRIMARY KEY,
    by         TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    until      INTEGER,                                              -- NULL: until `resume`
    resumed_at INTEGER,
    resumed_by TEXT
) STRICT;

-- Messages decided in the commit that closed their run, until they are delivered. Of those that
-- are delivered only the newest are kept.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,                  -- a part of the Message-ID: never used twice
    run_id       INTEGER REFERENCES runs (id),                       -- NULL: a person asked for it
    channel      TEXT    NOT NULL CHECK (channel IN ('email', 'slack')),
    created_at   INTEGER NOT NULL,
    message_id   TEXT    NOT NULL UNIQUE,                            -- the same at every try, so that doubles are one thread
    thread       TEXT    NOT NULL,                                   -- the ids it answers to, one a company, with blanks between
    body         TEXT    NOT NULL CHECK (json_valid(body)),          -- what is sent
    told         TEXT    NOT NULL CHECK (json_valid(told)),          -- what people know once they have it
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_try_at  INTEGER,                                            -- NULL: by the next run
    last_error   TEXT,                                               -- why the last try failed
    delivered_at INTEGER                                             -- NULL: still waiting
) STRICT;
CREATE INDEX outbox_waiting ON outbox (id) WHERE delivered_at IS NULL;

-- Who has a message already that others still wait for.
CREATE TABLE deliveries (
    outbox_id INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    recipient TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (outbox_id, recipient)
) STRICT, WITHOUT ROWID;

-- The ledger's own name: tells its mails from those of every other ledger. One row, made with the
-- first message.
CREATE TABLE identity (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    uuid TEXT    NOT NULL CHECK (length(uuid) = 36)                  -- version 7
) STRICT;

------------------------------------------------------------------------------------------- chain

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

----------------------------------------------------------------------------------------- derived

-- Runs with their endings.
CREATE VIEW run_history AS
SELECT r.id, r.kind, r.reverts, r.started_at, e.finished_at, e.exit_code
FROM runs r LEFT JOIN run_endings e ON e.run_id = r.id;

-- Observations that prove presence and absence: accepted by the checks, or by a person.
CREATE VIEW accepted_observations AS
SELECT o.id, o.run_id, o.company_id, o.team_id, o.scope_id, o.content_id, o.starts_series,
       coalesce(a.counts, o.counts) AS counts, r.started_at AS at, a.by AS accepted_by
FROM observations o
JOIN runs r ON r.id = o.run_id
LEFT JOIN acceptances a ON a.observation_id = o.id
WHERE o.verdict = 'accepted' OR a.observation_id IS NOT NULL;

-- Journal entries with how they ended.
CREATE VIEW journal_entries AS
SELECT j.id, j.run_id, j.at, j.company_id, coalesce(s.service_id, j.service_id) AS service_id,
       j.event_type_id, j.kind, j.name, j.before, j.after, j.reason, j.review_id,
       coalesce(s.state, 'intended') AS state, s.note
FROM journal j LEFT JOIN settlements s ON s.journal_id = j.id;

-- The streak is a count of this view's rows, and is kept nowhere: for each active, linked service,
-- every accepted observation that counts and in which its event type was absent, since
--   the row was first seen active and so linked,
--   the event type was last shown by an accepted or quarantined observation of the company, or of
--   the team, whichever company that belonged to then,
--   the last look-up by id that found it alive,
--   the last accepted observation at which streaks start again,
--   the last run that found this ledger put back.
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

---------------------------------------------------------------------------------------- guardians

CREATE TRIGGER runs_are_facts BEFORE UPDATE ON runs BEGIN SELECT raise(ABORT, 'runs are facts'); END;
CREATE TRIGGER runs_stay BEFORE DELETE ON runs BEGIN SELECT raise(ABORT, 'runs are facts'); END;
CREATE TRIGGER run_endings_are_facts BEFORE UPDATE ON run_endings BEGIN SELECT raise(ABORT, 'run endings are facts'); END;
CREATE TRIGGER run_endings_stay BEFORE DELETE ON run_endings BEGIN SELECT raise(ABORT, 'run endings are facts'); END;
CREATE TRIGGER rollbacks_are_facts BEFORE UPDATE ON rollbacks BEGIN SELECT raise(ABORT, 'rollbacks are facts'); END;
CREATE TRIGGER rollbacks_stay BEFORE DELETE ON rollbacks BEGIN SELECT raise(ABORT, 'rollbacks are facts'); END;
CREATE TRIGGER tallies_are_facts BEFORE UPDATE ON tallies BEGIN SELECT raise(ABORT, 'tallies are facts'); END;
CREATE TRIGGER tallies_stay BEFORE DELETE ON tallies BEGIN SELECT raise(ABORT, 'tallies are facts'); END;
CREATE TRIGGER company_runs_are_facts BEFORE UPDATE ON company_runs BEGIN SELECT raise(ABORT, 'company runs are facts'); END;
CREATE TRIGGER company_runs_stay BEFORE DELETE ON company_runs BEGIN SELECT raise(ABORT, 'company runs are facts'); END;
CREATE TRIGGER scopes_are_facts BEFORE UPDATE ON scopes BEGIN SELECT raise(ABORT, 'scopes are facts'); END;
CREATE TRIGGER scopes_stay BEFORE DELETE ON scopes BEGIN SELECT raise(ABORT, 'scopes are facts'); END;
CREATE TRIGGER contents_are_facts BEFORE UPDATE ON contents BEGIN SELECT raise(ABORT, 'contents are facts'); END;
CREATE TRIGGER contents_stay BEFORE DELETE ON contents BEGIN SELECT raise(ABORT, 'contents are facts'); END;
CREATE TRIGGER findings_are_facts BEFORE UPDATE ON findings BEGIN SELECT raise(ABORT, 'findings are facts'); END;
CREATE TRIGGER findings_stay BEFORE DELETE ON findings BEGIN SELECT raise(ABORT, 'findings are facts'); END;
CREATE TRIGGER observations_are_facts BEFORE UPDATE ON observations BEGIN SELECT raise(ABORT, 'observations are facts'); END;
CREATE TRIGGER observations_stay BEFORE DELETE ON observations BEGIN SELECT raise(ABORT, 'observations are facts'); END;
CREATE TRIGGER acceptances_are_facts BEFORE UPDATE ON acceptances BEGIN SELECT raise(ABORT, 'acceptances are facts'); END;
CREATE TRIGGER acceptances_stay BEFORE DELETE ON acceptances BEGIN SELECT raise(ABORT, 'acceptances are facts'); END;
CREATE TRIGGER lookups_are_facts BEFORE UPDATE ON lookups BEGIN SELECT raise(ABORT, 'look-ups are facts'); END;
CREATE TRIGGER lookups_stay BEFORE DELETE ON lookups BEGIN SELECT raise(ABORT, 'look-ups are facts'); END;
CREATE TRIGGER decisions_are_facts BEFORE UPDATE ON decisions BEGIN SELECT raise(ABORT, 'decisions are facts'); END;
CREATE TRIGGER decisions_stay BEFORE DELETE ON decisions BEGIN SELECT raise(ABORT, 'decisions are facts'); END;
CREATE TRIGGER journal_is_fact BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'journal entries are facts'); END;
CREATE TRIGGER journal_stays BEFORE DELETE ON journal BEGIN SELECT raise(ABORT, 'journal entries are facts'); END;
CREATE TRIGGER settlements_are_facts BEFORE UPDATE ON settlements BEGIN SELECT raise(ABORT, 'settlements are facts'); END;
CREATE TRIGGER settlements_stay BEFORE DELETE ON settlements BEGIN SELECT raise(ABORT, 'settlements are facts'); END;

CREATE TRIGGER presence_ends_once BEFORE UPDATE ON presence
WHEN OLD.until IS NOT NULL OR NEW.until IS NULL
  OR (NEW.team_id, NEW.event_type_id, NEW.since, NEW.company_id)
     IS NOT (OLD.team_id, OLD.event_type_id, OLD.since, OLD.company_id)
BEGIN SELECT raise(ABORT, 'an interval of presence can only be ended, once'); END;
CREATE TRIGGER presence_stays BEFORE DELETE ON presence BEGIN SELECT raise(ABORT, 'presence is history'); END;

CREATE TRIGGER sightings_end_once BEFORE UPDATE ON sightings
WHEN OLD.until_run IS NOT NULL OR NEW.until_run IS NULL
  OR (NEW.service_id, NEW.since_run, NEW.company_id, NEW.name, NEW.event_type_id, NEW.is_active, NEW.sync_status, NEW.standing_since)
     IS NOT (OLD.service_id, OLD.since_run, OLD.company_id, OLD.name, OLD.event_type_id, OLD.is_active, OLD.sync_status, OLD.standing_since)
BEGIN SELECT raise(ABORT, 'a sighting can only be ended, once'); END;
CREATE TRIGGER sightings_stay BEFORE DELETE ON sightings BEGIN SELECT raise(ABORT, 'sightings are history'); END;

CREATE TRIGGER review_questions_stand BEFORE UPDATE ON review_items
WHEN OLD.state IN ('applied', 'kept', 'void', 'expired')
  OR (NEW.id, NEW.kind, NEW.company_id, NEW.service_id, NEW.event_type_id, NEW.observation_id, NEW.changes, NEW.digest, NEW.run_id, NEW.since)
     IS NOT (OLD.id, OLD.kind, OLD.company_id, OLD.service_id, OLD.event_type_id, OLD.observation_id, OLD.changes, OLD.digest, OLD.run_id, OLD.since)
BEGIN SELECT raise(ABORT, 'a question that was asked stands as it was asked, and ends once'); END;
CREATE TRIGGER review_items_stay BEFORE DELETE ON review_items BEGIN SELECT raise(ABORT, 'questions are history'); END;

CREATE TRIGGER holds_end_once BEFORE UPDATE ON holds
WHEN OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
  OR (NEW.id, NEW.service_id, NEW.event_type_id, NEW.by, NEW.at, NEW.reason, NEW.run_id)
     IS NOT (OLD.id, OLD.service_id, OLD.event_type_id, OLD.by, OLD.at, OLD.reason, OLD.run_id)
BEGIN SELECT raise(ABORT, 'a hold can only be released, once'); END;
CREATE TRIGGER holds_stay BEFORE DELETE ON holds BEGIN SELECT raise(ABORT, 'holds are history'); END;

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

CREATE TRIGGER messages_are_delivered_once BEFORE UPDATE ON outbox
WHEN OLD.delivered_at IS NOT NULL
  OR (NEW.id, NEW.run_id, NEW.channel, NEW.created_at, NEW.message_id, NEW.thread, NEW.body, NEW.told)
     IS NOT (OLD.id, OLD.run_id, OLD.channel, OLD.created_at, OLD.message_id, OLD.thread, OLD.body, OLD.told)
BEGIN SELECT raise(ABORT, 'a message stands as it was decided, and is delivered once'); END;
CREATE TRIGGER identity_is_fact BEFORE UPDATE ON identity BEGIN SELECT raise(ABORT, 'the ledger keeps its name'); END;
CREATE TRIGGER identity_stays BEFORE DELETE ON identity BEGIN SELECT raise(ABORT, 'the ledger keeps its name'); END;

------------------------------------------------------------------------------------------- links

-- No row without its link: every addition to the facts, and every opening and ending of what
-- stands, makes one, in the same commit.

CREATE TRIGGER runs_link AFTER INSERT ON runs BEGIN INSERT INTO next_link VALUES ('run', NEW.id, NULL); END;
CREATE TRIGGER run_endings_link AFTER INSERT ON run_endings BEGIN INSERT INTO next_link VALUES ('ending', NEW.run_id, NULL); END;
CREATE TRIGGER rollbacks_link AFTER INSERT ON rollbacks BEGIN INSERT INTO next_link VALUES ('rollback', NEW.run_id, NULL); END;
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
