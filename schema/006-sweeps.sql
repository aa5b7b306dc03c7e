-- 006-sweeps: jobs that were handed in together, one for each combination.

CREATE TABLE sweep (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    name       TEXT    NOT NULL,
    axes       TEXT    NOT NULL, -- JSON object: key, list of its values
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX job_by_sweep ON job (sweep, id) WHERE sweep IS NOT NULL;

-- It goes with the last of its jobs.
CREATE TRIGGER sweep_has_gone AFTER DELETE ON job WHEN OLD.sweep IS NOT NULL
BEGIN
    DELETE FROM sweep WHERE id = OLD.sweep
        AND NOT EXISTS (SELECT 1 FROM job WHERE sweep = OLD.sweep);
END;
