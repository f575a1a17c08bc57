-- How the sound of a media is prepared for the aligner, where not as it is; and what was measured of such profiles.
CREATE TABLE sound_profile (media TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE trial (media TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
