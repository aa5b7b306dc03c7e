-- 005-changes: which jobs changed last, so that whoever listens and was away
-- for a while hears what he has missed.

-- One row: the number of the last change of any job.
CREATE TABLE change (number INTEGER NOT NULL) STRICT;

ALTER TABLE job ADD COLUMN change INTEGER NOT NULL DEFAULT 0; -- its last one

UPDATE job SET change = id;
INSERT INTO change SELECT coalesce(max(id), 0) FROM job;

CREATE INDEX job_by_change ON job (change);

-- Jobs that were taken away, but for those of long ago.
CREATE TABLE job_gone (
    change INTEGER PRIMARY KEY,
    job    INTEGER NOT NULL
) STRICT;

CREATE TRIGGER job_was_added AFTER INSERT ON job
BEGIN
    UPDATE change SET number = number + 1;
    UPDATE job SET change = (SELECT number FROM change) WHERE id = NEW.id;
END;

CREATE TRIGGER job_has_changed AFTER UPDATE OF rev ON job
BEGIN
    UPDATE change SET number = number + 1;
    UPDATE job SET change = (SELECT number FROM change) WHERE id = NEW.id;
END;

CREATE TRIGGER job_has_gone AFTER DELETE ON job
BEGIN
    UPDATE change SET number = number + 1;
    INSERT INTO job_gone SELECT number, OLD.id FROM change;
    DELETE FROM job_gone WHERE change <= (SELECT number - 100000 FROM change);
END;
