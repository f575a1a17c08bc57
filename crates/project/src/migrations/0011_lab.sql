-- The lab: versions of prompts, clip sets with the truth as it stood, runs, votes by person, and what each task is done with.
CREATE TABLE prompt (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE clip_set (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE run (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE vote (
    run TEXT NOT NULL, clip INTEGER NOT NULL, one INTEGER NOT NULL, other INTEGER NOT NULL, who TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, clip, one, other, who)
) STRICT, WITHOUT ROWID;
CREATE TABLE promoted (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
