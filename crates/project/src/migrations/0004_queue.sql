-- The flags that the thresholds in force raise, where their places lay when they were measured: what the queue is made of, without reading the
-- measures of every media.
CREATE TABLE failing (
    media TEXT NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, flag TEXT NOT NULL, gate TEXT NOT NULL,
    value REAL NOT NULL, signed REAL, bound REAL NOT NULL,
    PRIMARY KEY (media, start_us, gate, flag)
) STRICT, WITHOUT ROWID;
