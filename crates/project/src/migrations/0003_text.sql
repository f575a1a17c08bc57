-- What people write: punctuation, lines and speakers of words besides their text and time.
ALTER TABLE word_edit ADD COLUMN punctuation TEXT;
ALTER TABLE word_edit ADD COLUMN line INTEGER;
ALTER TABLE word_edit ADD COLUMN speaker TEXT;
-- The names of speakers, where they are not their labels.
CREATE TABLE speaker_name (
    media TEXT NOT NULL, label TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (media, label)
) STRICT, WITHOUT ROWID;
-- Annotations that people changed, added or removed.
CREATE TABLE annotation_edit (
    media TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (media, id)
) STRICT, WITHOUT ROWID;
-- Defects that people found and no gate did.
CREATE TABLE defect (
    media TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (media, id)
) STRICT, WITHOUT ROWID;
-- Media whose review somebody called done.
CREATE TABLE finished (media TEXT PRIMARY KEY, by TEXT NOT NULL) STRICT;
-- Cells that people whose copies were merged wrote differently, and who wrote what.
CREATE TABLE conflict (cell TEXT PRIMARY KEY, media TEXT, body TEXT NOT NULL) STRICT;
-- Events of one run of typing are one step for undo. The stamp orders the events of all copies of a project: it never runs back, whatever
-- the clock does.
DROP TRIGGER event_is_never_changed;
ALTER TABLE event ADD COLUMN run TEXT;
ALTER TABLE event ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
-- Events that came from another copy of the project, so that undo leaves them alone; and, of what speaks of words, which transcript's
-- they are (what was read from it, by its blob; none where that was not kept).
ALTER TABLE event ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN basis TEXT;
UPDATE event SET stamp = s.stamp FROM (SELECT seq, seq + max(at_us - seq) OVER (ORDER BY seq) AS stamp FROM event) AS s WHERE s.seq = event.seq;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the event log is only appended to'); END;
CREATE INDEX event_stamp ON event (stamp, id);
UPDATE summary SET body = json_set(body, '$.defects', 0, '$.finished', json('null'));
