-- replica.db, version 2: the feed of arrivals and verdict changes, which views and other readers follow. It is written by
-- triggers, so that no transaction can change what is visible and not say so. Old rows are dropped by number.

CREATE TABLE feed (
    number      INTEGER NOT NULL PRIMARY KEY, -- ascending; local, never sent; the newest row is never dropped
    change      INTEGER NOT NULL,             -- 1 an entry arrived, 2 visibility, 3 a body, 4 a verdict of the registry
    arrival     INTEGER,                      -- entry.arrival of the entry that changed; null for 2
    log         INTEGER,                      -- 2: the row of capability_use that changed: its log,
    branch      INTEGER,                      --   its branch
    capability  INTEGER,                      --   and its capability
    kept_before INTEGER,                      -- 2: capability_use.kept_sequence as it was; null where none was visible
    kept_after  INTEGER                       -- 2: the same as it is after the change
) STRICT;

CREATE TRIGGER feed_arrival AFTER INSERT ON entry
BEGIN
    INSERT INTO feed (change, arrival) VALUES (1, new.arrival);
END;

CREATE TRIGGER feed_body AFTER UPDATE OF body_state ON entry WHEN old.body_state <> new.body_state
BEGIN
    INSERT INTO feed (change, arrival) VALUES (3, new.arrival);
END;

CREATE TRIGGER feed_first_use AFTER INSERT ON capability_use WHEN new.kept_sequence IS NOT NULL
BEGIN
    INSERT INTO feed (change, log, branch, capability, kept_after) VALUES (2, new.log, new.branch, new.capability, new.kept_sequence);
END;

CREATE TRIGGER feed_use AFTER UPDATE OF kept_sequence ON capability_use WHEN old.kept_sequence IS NOT new.kept_sequence
BEGIN
    INSERT INTO feed (change, log, branch, capability, kept_before, kept_after)
    VALUES (2, new.log, new.branch, new.capability, old.kept_sequence, new.kept_sequence);
END;
