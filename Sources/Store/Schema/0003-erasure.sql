-- replica.db, version 3: what erasing asks for. A body that is erased is overwritten (secure_delete) and the write-ahead log
-- cut to nothing afterwards.

-- Of an edit, reaction, erasure, hiding or unhiding the first 8 bytes, as id_prefix, of the one id that its header refers to.
-- Null for every other entry. The erasure of a post takes its edits along.
ALTER TABLE entry ADD COLUMN about INTEGER;
CREATE INDEX entry_about ON entry (about, kind, arrival) WHERE about IS NOT NULL;

-- Erasures (kind 37), and entries whose bodies are missing: both few.
CREATE INDEX entry_of_erasure ON entry (arrival) WHERE kind = 37;
CREATE INDEX entry_of_missing ON entry (arrival) WHERE body_state = 2;
