-- 009-tokens: who may ask, beside the owner of the state folder.

CREATE TABLE token (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    name       TEXT    NOT NULL UNIQUE,
    role       TEXT    NOT NULL CHECK (role IN ('read', 'write', 'worker')),
    sha256     TEXT    NOT NULL UNIQUE, -- of the token, which is kept nowhere
    created_at INTEGER NOT NULL,
    expires_at INTEGER                  -- NULL: never
) STRICT;

-- Whose token took the lease: token.id, 0 the owner's, -1 that of the workers
-- that the daemon starts.
ALTER TABLE lease ADD COLUMN token INTEGER NOT NULL DEFAULT 0;
