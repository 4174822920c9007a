-- views.db, version 2: what people read, made of replica.db and of nothing else. It can be deleted at any time; it is made
-- again. Times are milliseconds since 1970-01-01T00:00:00Z; numbers of 64 bits are stored as the integer with the same bits.
-- What each operation does to these tables is in Specs/08-views.md.

-- How far the views have followed the replica.
CREATE TABLE progress (
    only        INTEGER NOT NULL PRIMARY KEY CHECK (only = 1), -- one row
    network     BLOB NOT NULL,                                 -- 32 bytes: the network whose replica this follows
    incarnation BLOB NOT NULL,                                 -- the replica's incarnation: with another one, all is made again
    cursor      INTEGER NOT NULL,                              -- feed.number of the last change that is in here
    scanned     INTEGER,                                       -- while all is made again: the last entry.arrival that was read; null when done
    is_unclean  INTEGER NOT NULL                               -- 1: something was erased whose words may still be in the files
) STRICT;

-- The spaces that rows refer to by number.
CREATE TABLE space (
    number INTEGER NOT NULL PRIMARY KEY, -- local, never sent
    path   BLOB NOT NULL UNIQUE          -- the components, 16 bytes each, the outermost first
) STRICT;

-- The identities that rows refer to by number.
CREATE TABLE person (
    number   INTEGER NOT NULL PRIMARY KEY, -- local, never sent
    identity BLOB NOT NULL UNIQUE          -- 32 bytes
) STRICT;

-- The name of a person in a space.
CREATE TABLE person_name (
    space  INTEGER NOT NULL REFERENCES space (number),  -- where the name is said
    person INTEGER NOT NULL REFERENCES person (number), -- whose it is
    name   TEXT NOT NULL,                               -- as the profile that counts says it
    PRIMARY KEY (space, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_name_by_person ON person_name (person);
CREATE INDEX person_name_by_name ON person_name (name);

-- Posts, resolved.
CREATE TABLE post (
    number       INTEGER NOT NULL PRIMARY KEY,                -- local, never sent; the row of post_text too
    id_prefix    INTEGER NOT NULL,                            -- the first 8 bytes of the id, the highest bit turned
    id           BLOB NOT NULL,                               -- 32 bytes
    space        INTEGER NOT NULL REFERENCES space (number),  -- where it is
    author       INTEGER NOT NULL REFERENCES person (number), -- who wrote it
    timestamp    INTEGER NOT NULL,                            -- the author's claim
    shown_time   INTEGER NOT NULL,                            -- the earlier of the claim and of first sight here
    reply_to     BLOB,                                        -- 32 bytes: what it answers; null for none, and when erased
    text         TEXT NOT NULL,                               -- the version that counts; empty when erased
    edit_count   INTEGER NOT NULL,                            -- rows of version, less the post's own
    mark_count   INTEGER NOT NULL,                            -- rows of reaction and hiding
    is_erased    INTEGER NOT NULL,                            -- 1: the body is gone for ever
    is_hidden    INTEGER NOT NULL                             -- 1: a steward hides it
) STRICT;
CREATE INDEX post_by_id ON post (id_prefix);
CREATE INDEX post_by_space ON post (space, timestamp, id);
CREATE INDEX post_by_author ON post (author, timestamp, id);
CREATE INDEX post_by_reply ON post (reply_to, space, timestamp, id) WHERE reply_to IS NOT NULL;

-- The texts of posts that were edited: the post's own and those of its edits. A post that was not edited has none.
CREATE TABLE version (
    post       INTEGER NOT NULL REFERENCES post (number),   -- the post
    timestamp  INTEGER NOT NULL,                            -- the author's claim
    id         BLOB NOT NULL,                               -- 32 bytes: the edit, or the post itself
    author     INTEGER NOT NULL REFERENCES person (number), -- who wrote it
    shown_time INTEGER NOT NULL,                            -- the earlier of the claim and of first sight here
    text       TEXT NOT NULL,                               -- what it says
    standing   INTEGER NOT NULL,                            -- 0 superseded, 1 beside the one that counts, 2 the one that counts
    PRIMARY KEY (post, timestamp, id)
) STRICT, WITHOUT ROWID;

-- Who reacts to a post with what.
CREATE TABLE reaction (
    post   INTEGER NOT NULL REFERENCES post (number),   -- the post
    emoji  TEXT NOT NULL,                               -- the reaction, compared by its bytes
    person INTEGER NOT NULL REFERENCES person (number), -- who reacts
    PRIMARY KEY (post, emoji, person)
) STRICT, WITHOUT ROWID;

-- Hidings that nothing has lifted.
CREATE TABLE hiding (
    post      INTEGER NOT NULL REFERENCES post (number),   -- the post
    id        BLOB NOT NULL,                               -- 32 bytes: the entry that hides
    author    INTEGER NOT NULL REFERENCES person (number), -- who hides
    timestamp INTEGER NOT NULL,                            -- the author's claim
    PRIMARY KEY (post, id)
) STRICT, WITHOUT ROWID;

-- The visible entries that say something about another entry: where to look when that one is resolved. What names an entry
-- that is not here waits in this table alone. Only what is said in a post's own space is about it, and which space that is
-- may not be known yet.
CREATE TABLE about (
    id_prefix     INTEGER NOT NULL,                            -- the first 8 bytes of the id, the highest bit turned
    id            BLOB NOT NULL,                               -- 32 bytes: the entry that says it
    target_prefix INTEGER NOT NULL,                            -- the same of the entry that it is about
    target        BLOB NOT NULL,                               -- 32 bytes
    space         INTEGER NOT NULL REFERENCES space (number),  -- where it is said
    kind          INTEGER NOT NULL,                            -- code of the kind
    author        INTEGER NOT NULL REFERENCES person (number), -- who says it
    is_officer    INTEGER NOT NULL,                            -- hiding, unhiding: 1 if it may hide; erasure: if it has the right; else 1
    timestamp     INTEGER NOT NULL,                            -- the author's claim
    arrival       INTEGER NOT NULL                             -- entry.arrival in replica.db
) STRICT;
CREATE INDEX about_by_id ON about (id_prefix);
CREATE INDEX about_by_target ON about (target_prefix, kind, space, timestamp, id);

-- The words of post.text, without case and accents, and not the texts themselves. The program keeps it beside post: SQLite
-- lets no trigger write to it where a schema is not trusted. (sqlite.org/fts5.html; sqlite.org/pragma.html#pragma_trusted_schema)
CREATE VIRTUAL TABLE post_text USING fts5 (
    text, -- the words of the post of that number
    content = 'post', content_rowid = 'number', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);
