-- 001-jobs: jobs, what became of them, and who works on them.
--
-- Times of day are ms since 1970 UTC; t is simulated seconds; a step is 1 ms of
-- simulated time and step n ends at t = n ms. NULL means "not yet" or "none".

PRAGMA application_id = 1718578284; -- "foll"

CREATE TABLE job (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    uuid         TEXT    NOT NULL UNIQUE,
    rev          INTEGER NOT NULL DEFAULT 1, -- one more with every change
    name         TEXT    NOT NULL,
    tags         TEXT    NOT NULL, -- JSON object of texts
    note         TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN (
                     'queued', 'running', 'pausing', 'paused', 'cancelling',
                     'cancelled', 'succeeded', 'failed', 'diverged')),
    state_reason TEXT    NOT NULL DEFAULT '',
    priority     INTEGER NOT NULL, -- higher goes first
    spec         TEXT    NOT NULL, -- JSON, resolved
    network      TEXT    NOT NULL, -- network.key, once a worker has sent it
    device       TEXT    NOT NULL, -- 'any' or device.id
    created_at   INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    restarts     INTEGER NOT NULL DEFAULT 0,
    lost         INTEGER NOT NULL DEFAULT 0, -- workers, one after the other
    done         REAL    NOT NULL DEFAULT 0, -- simulated s
    total        REAL    NOT NULL,           -- simulated s
    rate         REAL    NOT NULL DEFAULT 0, -- simulated s per s, 0 if unknown
    provenance   TEXT,                       -- JSON object
    parent       INTEGER REFERENCES job (id) ON DELETE SET NULL,
    sweep        INTEGER,
    CHECK ((finished_at IS NOT NULL)
           = (state IN ('cancelled', 'succeeded', 'failed', 'diverged')))
) STRICT;

CREATE INDEX job_by_state ON job (state, priority DESC, id);

-- A job ends once. (Failed and cancelled ones may be tried again.)
CREATE TRIGGER job_ends_once BEFORE UPDATE OF state ON job
WHEN OLD.state IN ('succeeded', 'diverged') AND NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'a job that has ended cannot change its state');
END;

-- One row per period. A value that was not finite is NULL, and its bit in
-- nonfinite (1 << position in enum metric_key) tells it from a missing one.
CREATE TABLE metric (
    job              INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    period           INTEGER NOT NULL,
    t_end            REAL,
    mse              REAL,
    mse_raw          REAL,
    rate_ff          REAL,
    rate_rec         REAL,
    weight_rms_ff    REAL,
    weight_rms_rec   REAL,
    steps_per_second REAL,
    nonfinite        INTEGER NOT NULL,
    PRIMARY KEY (job, period)
) STRICT, WITHOUT ROWID;

-- Kept while metrics are written, so that a list of jobs reads one row a key.
CREATE TABLE metric_summary (
    job   INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    key   INTEGER NOT NULL, -- position in enum metric_key
    last  REAL,             -- NULL: the last one was not finite
    least REAL,             -- of the finite ones
    PRIMARY KEY (job, key)
) STRICT, WITHOUT ROWID;

-- `data` comes last: a list of checkpoints then never reads it.
CREATE TABLE checkpoint (
    job        INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    step       INTEGER NOT NULL,
    t          REAL    NOT NULL,
    kind       TEXT    NOT NULL
               CHECK (kind IN ('rolling', 'snapshot', 'final')),
    sha256     TEXT    NOT NULL, -- of data
    size       INTEGER NOT NULL, -- bytes
    created_at INTEGER NOT NULL,
    data       BLOB    NOT NULL, -- npz
    PRIMARY KEY (job, step)
) STRICT;

-- Chunks of rows, float64, little endian, row after row; no two overlap.
CREATE TABLE trace (
    job        INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    window     TEXT    NOT NULL CHECK (window IN ('start', 'live', 'end')),
    first_step INTEGER NOT NULL, -- row i is step first_step + 1 + i
    rows       INTEGER NOT NULL,
    columns    INTEGER NOT NULL,
    data       BLOB    NOT NULL CHECK (length(data) = rows * columns * 8),
    PRIMARY KEY (job, window, first_step)
) STRICT;

-- Chunks of rows, a bit a neuron, as numpy.packbits(axis=1) packs them; no two
-- overlap.
CREATE TABLE spikes (
    job        INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    first_step INTEGER NOT NULL, -- row i is step first_step + 1 + i
    rows       INTEGER NOT NULL,
    bytes_ff   INTEGER NOT NULL, -- of a row
    bytes_rec  INTEGER NOT NULL,
    ff         BLOB    NOT NULL CHECK (length(ff) = rows * bytes_ff),
    rec        BLOB    NOT NULL CHECK (length(rec) = rows * bytes_rec),
    PRIMARY KEY (job, first_step)
) STRICT;

-- How often each neuron fired in a window, int32, little endian.
CREATE TABLE spike_count (
    job        INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    window     TEXT    NOT NULL CHECK (window IN ('start', 'end')),
    first_step INTEGER NOT NULL, -- the first that counts is the one after it
    steps      INTEGER NOT NULL, -- so many count
    ff         BLOB    NOT NULL,
    rec        BLOB    NOT NULL,
    PRIMARY KEY (job, window)
) STRICT;

-- One row per episode of a job that learns by reinforcement.
CREATE TABLE episode (
    job     INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    episode INTEGER NOT NULL,
    time    REAL    NOT NULL, -- s until the task was done, or given up
    PRIMARY KEY (job, episode)
) STRICT, WITHOUT ROWID;

-- Encoders, gains, biases and decoders, shared by all jobs that have them.
CREATE TABLE network (
    key        TEXT    NOT NULL PRIMARY KEY, -- of what determines it
    sha256     TEXT    NOT NULL, -- of data
    created_at INTEGER NOT NULL,
    data       BLOB    NOT NULL -- npz
) STRICT;

-- Arrays that were uploaded. Their npz are files beside this one, arrays/SHA256.npz:
-- they may have a GiB.
CREATE TABLE array (
    sha256     TEXT    NOT NULL PRIMARY KEY, -- of the npz
    size       INTEGER NOT NULL, -- bytes of npz
    content    TEXT    NOT NULL, -- JSON: name, shape and type of each
    created_at INTEGER NOT NULL
) STRICT;

-- Which arrays a job takes; none of them goes before it.
CREATE TABLE job_array (
    job   INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    array TEXT    NOT NULL REFERENCES array (sha256),
    PRIMARY KEY (array, job)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_array_by_job ON job_array (job);

-- From which jobs a job takes weights, a reference or torques. The source may be
-- gone, once it is not needed any more.
CREATE TABLE job_source (
    job    INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    source INTEGER NOT NULL, -- job.id
    PRIMARY KEY (source, job)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_source_by_job ON job_source (job);

-- A worker's claim to a job. One that ended stays for a while, so that a report
-- that is sent again gets its answer again.
CREATE TABLE lease (
    id          TEXT    NOT NULL PRIMARY KEY, -- 32 hex digits
    job         INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    worker      TEXT    NOT NULL,
    device      TEXT    NOT NULL,
    local       INTEGER NOT NULL, -- 1: of a worker this daemon started
    sequence    INTEGER NOT NULL, -- number of the next report
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER,          -- NULL: it is held
    answer      TEXT    NOT NULL, -- to the last report
    resume_step INTEGER NOT NULL  -- of the checkpoint it was given, or -1
) STRICT;

CREATE UNIQUE INDEX lease_of_job ON lease (job) WHERE ended_at IS NULL;

CREATE TABLE device (
    id        TEXT    NOT NULL PRIMARY KEY,
    name      TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    vendor    TEXT    NOT NULL,
    driver    TEXT    NOT NULL,
    platform  TEXT    NOT NULL,
    memory    INTEGER NOT NULL, -- bytes
    units     INTEGER NOT NULL,
    worker    TEXT    NOT NULL, -- the last that came with it
    host      TEXT    NOT NULL,
    version   TEXT    NOT NULL,
    pid       INTEGER NOT NULL,
    local     INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
) STRICT;

CREATE TABLE log (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    job  INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    at   INTEGER NOT NULL,
    text TEXT    NOT NULL
) STRICT;

CREATE INDEX log_by_job ON log (job, id);

CREATE TABLE idempotency (
    key        TEXT    NOT NULL PRIMARY KEY,
    sha256     TEXT    NOT NULL, -- of the request's body
    job        INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT;
