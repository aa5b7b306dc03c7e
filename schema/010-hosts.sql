-- 010-hosts: two machines may both have a cpu0.

CREATE TABLE device_of_host (
    host      TEXT    NOT NULL, -- of the worker that came with it
    id        TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    vendor    TEXT    NOT NULL,
    driver    TEXT    NOT NULL,
    platform  TEXT    NOT NULL,
    memory    INTEGER NOT NULL, -- bytes
    units     INTEGER NOT NULL,
    worker    TEXT    NOT NULL, -- the last that came with it
    version   TEXT    NOT NULL,
    pid       INTEGER NOT NULL,
    local     INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    fault     TEXT    NOT NULL DEFAULT '', -- why it is out of service, or ''
    PRIMARY KEY (host, id)
) STRICT;

INSERT INTO device_of_host
SELECT host, id, name, type, vendor, driver, platform, memory, units, worker,
       version, pid, local, last_seen, fault
FROM device;

DROP TABLE device;
ALTER TABLE device_of_host RENAME TO device;

ALTER TABLE lease ADD COLUMN host TEXT NOT NULL DEFAULT ''; -- of the device
UPDATE lease
SET host = coalesce((SELECT host FROM device WHERE id = lease.device), '');
