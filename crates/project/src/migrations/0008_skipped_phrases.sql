-- Phrases that people leave out of the vocabulary of a language, by how they are written; and who said so.
CREATE TABLE skipped_phrase (
    language TEXT NOT NULL, phrase TEXT NOT NULL, by TEXT NOT NULL,
    PRIMARY KEY (language, phrase)
) STRICT, WITHOUT ROWID;
