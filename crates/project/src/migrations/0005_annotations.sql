-- What is measured depends on annotations, too: the last event that changed those of a media counts as one that an analysis must have seen.
INSERT INTO truth (media, seq)
SELECT json_extract(change.value, '$.media'), max(event.seq)
FROM event, json_each(event.body) AS change
WHERE json_extract(change.value, '$.cell') IN ('annotations', 'annotation')
GROUP BY 1
ON CONFLICT (media) DO UPDATE SET seq = max(seq, excluded.seq);
