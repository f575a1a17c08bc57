-- What can be found in the whole project: a row per sentence, annotation, flag and passage of a document. It says nothing that is not said
-- elsewhere, belongs to this file alone, and is made again where it is thrown away. The id holds the kind (from bit 56), the media's number (from
-- bit 24) and the row's place in time, so that a kind, a media or both are a range of ids.
CREATE TABLE found_media (number INTEGER PRIMARY KEY, media TEXT NOT NULL UNIQUE, stale INTEGER NOT NULL) STRICT;
CREATE INDEX found_stale ON found_media (number) WHERE stale;
-- Position of the last event that the marks of stale media know of.
CREATE TABLE found_upto (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT;
CREATE TABLE found_row (
    id INTEGER PRIMARY KEY, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, at TEXT NOT NULL,
    text TEXT NOT NULL, label TEXT NOT NULL, who TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE found USING fts5(
    text, label, who, content = 'found_row', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
