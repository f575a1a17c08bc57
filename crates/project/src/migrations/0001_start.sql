-- What happened, in order. Rows are only ever added.
CREATE TABLE event (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,      -- 32 random hex digits, the same in every copy of the project
    at_us    INTEGER NOT NULL,          -- wall clock, microseconds since 1970
    actor    TEXT NOT NULL,             -- the reviewer's name; empty for the machine
    kind     TEXT NOT NULL,             -- what was done, such as 'edit_word'
    version  INTEGER NOT NULL,          -- of the kind's body
    media    TEXT,                      -- the media concerned, if one is
    reverts  INTEGER REFERENCES event (seq),
    body     TEXT NOT NULL              -- JSON: the cells that changed, before and after
) STRICT;
CREATE INDEX event_media ON event (media, seq);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the event log is only appended to'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the event log is only appended to'); END;

-- Bytes that events name by their BLAKE3 hash: imported files as they were, what was read from them, proposals, measures.
CREATE TABLE blob (
    hash  TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER blob_is_never_changed BEFORE UPDATE ON blob BEGIN SELECT RAISE(ABORT, 'blobs are only added'); END;

-- Projections: the state that the log adds up to. They can be deleted and rebuilt.
CREATE TABLE media (
    id     TEXT PRIMARY KEY,
    added  INTEGER NOT NULL,            -- seq of the event that added it: the library's order
    record TEXT NOT NULL
) STRICT;
CREATE TABLE transcript (media TEXT PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, parsed TEXT NOT NULL) STRICT;
CREATE TABLE annotations (media TEXT PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, parsed TEXT NOT NULL) STRICT;
CREATE TABLE word_edit (
    media TEXT NOT NULL, word INTEGER NOT NULL, text TEXT, start_us INTEGER, end_us INTEGER,
    PRIMARY KEY (media, word)
) STRICT, WITHOUT ROWID;
CREATE TABLE anchor (
    media TEXT NOT NULL, id TEXT NOT NULL, transcript_us INTEGER NOT NULL, media_us INTEGER NOT NULL,
    PRIMARY KEY (media, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE map (media TEXT PRIMARY KEY, knots TEXT NOT NULL) STRICT;
CREATE TABLE proposal (
    media TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, transcript TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (media, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE analysis (media TEXT PRIMARY KEY, body TEXT NOT NULL, truth INTEGER NOT NULL) STRICT;
-- Position of the last event that moved or changed words of a media: what an analysis must have seen to be up to date.
CREATE TABLE truth (media TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
CREATE TABLE verdict (flag TEXT PRIMARY KEY, media TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX verdict_media ON verdict (media);
CREATE TABLE thresholds (version INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE active_thresholds (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
-- One finished library row per media, so that a library of thousands opens at once.
CREATE TABLE summary (media TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
