-- 007-notices: what is still to be told of jobs that have ended.

-- Who is to be told, and by which way: 'hook', 'webhook'.
CREATE TABLE listener (
    way TEXT NOT NULL PRIMARY KEY
) STRICT;

-- Made in the transaction in which a job ends, and gone once it was told.
CREATE TABLE notice (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    way     TEXT    NOT NULL REFERENCES listener (way) ON DELETE CASCADE,
    job     INTEGER REFERENCES job (id) ON DELETE SET NULL,
    made_at INTEGER NOT NULL,
    tries   INTEGER NOT NULL DEFAULT 0,
    due_at  INTEGER NOT NULL,
    key     TEXT UNIQUE, -- the same in every try
    body    TEXT         -- JSON; NULL until the job's row is written as a whole
) STRICT;

CREATE INDEX notice_by_way ON notice (way, due_at);
CREATE INDEX notice_by_job ON notice (job);

-- No end of a job can be forgotten.
CREATE TRIGGER job_end_is_told AFTER UPDATE OF state ON job
WHEN NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL
BEGIN
    INSERT INTO notice (way, job, made_at, due_at)
    SELECT way, NEW.id, NEW.finished_at, NEW.finished_at FROM listener;
END;
