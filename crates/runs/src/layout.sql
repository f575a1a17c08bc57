-- Money is in billionths of a US dollar, times in µs since 1970 UTC.
CREATE TABLE process (
    -- Never used twice: it names the file that the process keeps locked while it lives.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    began_us INTEGER NOT NULL
);
CREATE TABLE call (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    process INTEGER NOT NULL,
    began_us INTEGER NOT NULL,
    service TEXT NOT NULL,
    what TEXT NOT NULL,
    task TEXT NOT NULL,
    media TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed')),
    -- What it cost; while it is open what it may cost at most, so that the sum of the column is what the cap bounds.
    cost INTEGER NOT NULL,
    input INTEGER NOT NULL DEFAULT 0,
    output INTEGER NOT NULL DEFAULT 0,
    cache_read INTEGER NOT NULL DEFAULT 0,
    cache_write INTEGER NOT NULL DEFAULT 0,
    latency_ms INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE INDEX call_sums ON call (state, cost);
CREATE INDEX call_media ON call (media, id);
CREATE TABLE answer (
    key TEXT PRIMARY KEY,
    call INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE stage (
    media TEXT NOT NULL,
    stage TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'skipped', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    error TEXT,
    process INTEGER NOT NULL,
    PRIMARY KEY (media, stage)
) WITHOUT ROWID;
