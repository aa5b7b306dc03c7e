-- 003-order: whose turn it is, what comes after what, and each change of state
-- as data.

-- A change of state has all three, any other line of the log none.
ALTER TABLE log ADD COLUMN event      TEXT; -- what happened, in a word
ALTER TABLE log ADD COLUMN from_state TEXT; -- NULL: it was handed in
ALTER TABLE log ADD COLUMN to_state   TEXT;

-- Jobs of one priority take turns by their shares: the n-th that a share has
-- waiting gets the turn n after the present one.
ALTER TABLE job ADD COLUMN share TEXT    NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN turn  INTEGER NOT NULL DEFAULT 0;

DROP INDEX job_by_state;
CREATE INDEX job_by_state ON job (state, priority DESC, turn, id);
CREATE INDEX job_by_share ON job (share, priority, turn)
    WHERE finished_at IS NULL;

-- The greatest turn that has come so far.
CREATE TABLE present (
    priority INTEGER PRIMARY KEY,
    turn     INTEGER NOT NULL
) STRICT;

CREATE TABLE job_after (
    job     INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    earlier INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    any_end INTEGER NOT NULL, -- 1: however it ends; 0: it must succeed
    PRIMARY KEY (job, earlier)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_after_by_earlier ON job_after (earlier);

-- Queued jobs that wait for no other.
CREATE VIEW ready AS
SELECT * FROM job AS next
WHERE state = 'queued'
  AND NOT EXISTS (SELECT 1 FROM job_after JOIN job AS first ON first.id = earlier
                  WHERE job = next.id AND first.state <> 'succeeded'
                    AND (any_end = 0 OR first.finished_at IS NULL));

CREATE INDEX job_by_end ON job (finished_at) WHERE finished_at IS NOT NULL;

-- Workers that have a job of which one died, since its last checkpoint.
CREATE VIEW suspect AS
SELECT worker FROM lease JOIN job ON job.id = lease.job
WHERE ended_at IS NULL AND lost > 0;
