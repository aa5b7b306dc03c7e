-- 002-shape: which jobs can be simulated together.

-- What networks have in common that share a launch; of an rl job "rl". NULL:
-- not known, it fits no other.
ALTER TABLE job ADD COLUMN shape TEXT;
