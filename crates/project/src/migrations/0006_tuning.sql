-- How units of a gate are drawn to be checked, whatever their scores; and what was drawn of each media.
CREATE TABLE probing (gate TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE probe (
    media TEXT NOT NULL, gate TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (media, gate)
) STRICT, WITHOUT ROWID;
-- What each gate measured in each media, in the order of the measures: the values as doubles, so that a sweep over a library reads nothing else;
-- and of each unit its flag's id and where it lay, 32 bytes. The stamp tells one analysis from another.
CREATE TABLE measured (
    media TEXT NOT NULL, gate TEXT NOT NULL, stamp INTEGER NOT NULL, vals BLOB NOT NULL, units BLOB NOT NULL,
    PRIMARY KEY (media, gate)
) STRICT, WITHOUT ROWID;
