-- Where the words of a proposal were heard: the hash of a blob, none where nothing was listened for.
ALTER TABLE proposal ADD COLUMN heard TEXT;
-- Findings in force: those of an accepted proposal by their blob, and newer ones of single words.
CREATE TABLE heard (media TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE heard_word (
    media TEXT NOT NULL, word INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (media, word)
) STRICT, WITHOUT ROWID;
