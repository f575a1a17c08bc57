-- What means what, in the vectors of an embedding model. May be lost: it is made again of the media and of the answers that are kept.
CREATE TABLE space (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE piece (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space,
    media TEXT NOT NULL,
    kind TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    at TEXT NOT NULL,
    text TEXT NOT NULL,
    -- Names what the vector is made of.
    content TEXT NOT NULL
);
CREATE INDEX piece_media ON piece (space, media);
-- By themselves, so that who looks at all of them reads nothing else.
CREATE TABLE vector (
    piece INTEGER PRIMARY KEY REFERENCES piece,
    space INTEGER NOT NULL,
    numbers BLOB NOT NULL
);
