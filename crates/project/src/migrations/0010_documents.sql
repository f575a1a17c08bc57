-- Documents that belong to a media.
CREATE TABLE document (media TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (media, id)) STRICT, WITHOUT ROWID;
