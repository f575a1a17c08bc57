-- Thresholds are tuned gate by gate: without this each gate would be looked for through what all gates measured in all media.
CREATE INDEX measured_by_gate ON measured (gate, media, stamp);
