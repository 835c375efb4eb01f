-- Version 3: the outbox knows its recipients, its tries and its ids. Nothing wrote into it before.
DROP TABLE outbox;

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

CREATE TRIGGER messages_are_delivered_once BEFORE UPDATE ON outbox
WHEN OLD.delivered_at IS NOT NULL
  OR (NEW.id, NEW.run_id, NEW.channel, NEW.created_at, NEW.message_id, NEW.thread, NEW.body, NEW.told)
     IS NOT (OLD.id, OLD.run_id, OLD.channel, OLD.created_at, OLD.message_id, OLD.thread, OLD.body, OLD.told)
BEGIN SELECT raise(ABORT, 'a message stands as it was decided, and is delivered once'); END;
CREATE TRIGGER identity_is_fact BEFORE UPDATE ON identity BEGIN SELECT raise(ABORT, 'the ledger keeps its name'); END;
CREATE TRIGGER identity_stays BEFORE DELETE ON identity BEGIN SELECT raise(ABORT, 'the ledger keeps its name'); END;
