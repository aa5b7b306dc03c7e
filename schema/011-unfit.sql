-- 011-unfit: devices that could not take a job, as they have no memory for it.

CREATE TABLE unfit (
    job    INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    host   TEXT    NOT NULL, -- of the device
    device TEXT    NOT NULL, -- its id
    tries  INTEGER NOT NULL, -- in a row, in vain
    until  INTEGER,          -- NULL: for good, it will never fit
    PRIMARY KEY (job, host, device)
) STRICT, WITHOUT ROWID;
