-- replica.db, version 1: the signed entries of all spaces that this site holds, and what is known about them here.
-- Numbers that do not fit a signed 64-bit integer are stored as the integer with the same bits. Times are milliseconds
-- since 1970-01-01T00:00:00Z. What each column means for the product is in Specs/07-store.md.

-- Small named values of this site alone, never sent.
CREATE TABLE fact (
    name  TEXT NOT NULL PRIMARY KEY, -- the name, as FactName writes it
    value BLOB NOT NULL              -- its bytes
) STRICT, WITHOUT ROWID;

-- Keys and ids of 32 bytes that rows refer to by number: devices, identities, capabilities.
CREATE TABLE identifier (
    number INTEGER NOT NULL PRIMARY KEY, -- what rows of this database say instead; local, never sent
    prefix INTEGER NOT NULL,             -- the first 8 bytes, big-endian, the highest bit turned: ordered as the bytes
    bytes  BLOB NOT NULL                 -- all 32 bytes
) STRICT;
CREATE INDEX identifier_by_prefix ON identifier (prefix);

-- The spaces that rows refer to by number.
CREATE TABLE space (
    number INTEGER NOT NULL PRIMARY KEY, -- local, never sent; 1 is the registry
    path   BLOB NOT NULL UNIQUE          -- the components, 16 bytes each, the outermost first; empty for the registry
) STRICT;
INSERT INTO space (number, path) VALUES (1, x'');

-- What verify recomputes of a space, kept by the transaction that changes it.
CREATE TABLE summary (
    space       INTEGER NOT NULL PRIMARY KEY REFERENCES space (number), -- the space
    entry_count INTEGER NOT NULL,                                       -- entries stored, the held ones included
    log_count   INTEGER NOT NULL,                                       -- logs that have an entry
    fingerprint BLOB NOT NULL                                           -- 64 bytes: the sum over the offered heads
) STRICT;

-- The logs: the entries of one device in one space, in one life of its database.
CREATE TABLE log (
    number      INTEGER NOT NULL PRIMARY KEY,                      -- ascending from 1 in order of arrival; local, never sent
    space       INTEGER NOT NULL REFERENCES space (number),        -- where its entries belong
    device      INTEGER REFERENCES identifier (number),            -- the key that signs; null for the root log
    incarnation INTEGER NOT NULL,                                  -- the life of the device's database, a random number
    identity    INTEGER REFERENCES identifier (number),            -- the identity that acts; null for the root log
    beginning   BLOB NOT NULL                                      -- what the headers of its entries begin with, CBOR
) STRICT;
CREATE INDEX log_by_key ON log (device, space, incarnation);

-- The branches of a log: one, unless its author forked it.
CREATE TABLE branch (
    log               INTEGER NOT NULL REFERENCES log (number), -- the log
    branch            INTEGER NOT NULL,                         -- 0 for the one seen first, and so on; local, never sent
    parent            INTEGER,                                  -- the branch that it leaves; null where it begins the log
    first_sequence    INTEGER NOT NULL,                         -- sequence number of its first own entry
    tip_sequence      INTEGER NOT NULL,                         -- sequence number of its last entry
    tip_id            BLOB NOT NULL,                            -- 32 bytes: id of its last entry
    tip_timestamp     INTEGER NOT NULL,                         -- timestamp of its last entry
    offered_sequence  INTEGER,                                  -- the same three of the last entry that is offered; null
    offered_id        BLOB,                                     --   where no entry is; what is after it is the held shelf
    offered_timestamp INTEGER,
    PRIMARY KEY (log, branch)
) STRICT, WITHOUT ROWID;

-- The entries, in order of arrival.
CREATE TABLE entry (
    arrival     INTEGER NOT NULL PRIMARY KEY,             -- ascending from 1; local, never sent
    log         INTEGER NOT NULL REFERENCES log (number), -- the log that it is in
    branch      INTEGER NOT NULL,                         -- the branch of whose own part it is
    sequence    INTEGER NOT NULL,                         -- sequence number in the log, from 0
    space       INTEGER NOT NULL,                         -- space.number of the log
    author      INTEGER,                                  -- identifier.number of the header's identity; null where it has none
    capability  INTEGER,                                  -- identifier.number of what the header cites; null for root or none
    kind        INTEGER NOT NULL,                         -- code of the kind
    timestamp   INTEGER NOT NULL,                         -- the author's claim
    first_seen  INTEGER NOT NULL,                         -- wall clock of this site when it stored the entry
    well_formed INTEGER NOT NULL,                         -- 0: in the set, and never in effect; 1: it may be
    body_state  INTEGER NOT NULL,                         -- 0 none, 1 present, 2 missing, 3 erased
    checksum    INTEGER NOT NULL,                         -- over the columns that are not derived; Specs/07-store.md
    id_prefix   INTEGER NOT NULL,                         -- the first 8 bytes of the id, as identifier.prefix
    id          BLOB NOT NULL,                            -- 32 bytes
    header      BLOB NOT NULL,                            -- what follows log.beginning in the header, CBOR; or the whole
    signature   BLOB NOT NULL,                            -- 64 bytes; root log: key and signature, 96 bytes each
    body        BLOB                                      -- 16 bytes of salt, then the body; null unless present
) STRICT;
CREATE INDEX entry_by_id ON entry (id_prefix);
CREATE INDEX entry_by_place ON entry (log, branch, sequence, capability);
CREATE INDEX entry_of_registry ON entry (arrival) WHERE space = 1;
CREATE INDEX entry_by_time ON entry (space, kind, timestamp, id_prefix)
    WHERE well_formed = 1 AND capability IS NOT NULL;
-- Names and other registers are asked for by author; posts (kind 32) are not, so they are not in this index.
CREATE INDEX entry_by_author ON entry (author, kind, timestamp, id_prefix)
    WHERE well_formed = 1 AND capability IS NOT NULL AND kind <> 32;

-- Up to where the entries of a branch that cite a capability are visible: what the timeline joins with, so that a removal
-- changes one row here and no entry.
CREATE TABLE capability_use (
    log           INTEGER NOT NULL REFERENCES log (number),        -- the log
    branch        INTEGER NOT NULL,                                -- the branch
    capability    INTEGER NOT NULL REFERENCES identifier (number), -- the capability that its entries cite
    last_sequence INTEGER NOT NULL,                                -- sequence number of the last entry that cites it
    kept_sequence INTEGER,                                         -- of the last visible one; null where none is
    PRIMARY KEY (log, branch, capability)
) STRICT, WITHOUT ROWID;

-- Where other sites were last found.
CREATE TABLE peer (
    address       TEXT NOT NULL PRIMARY KEY, -- host:port, as dialled
    node          BLOB,                      -- 32 bytes: the key of the node that answered; null until one has
    last_exchange INTEGER,                   -- when entries were last exchanged; null until they were
    last_fault    TEXT,                      -- why it last went wrong, for people; null where it did not
    fault_count   INTEGER NOT NULL           -- how often it went wrong
) STRICT, WITHOUT ROWID;
