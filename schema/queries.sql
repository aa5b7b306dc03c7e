-- queries.sql - every statement the daemon ever sends to SQLite, but for the
-- PRAGMAs of opening. All are prepared when a store is opened.

-- ---- store -----------------------------------------------------------------

-- name: store_begin
-- IMMEDIATE: a reader that turns writer later could not wait for its turn.
BEGIN IMMEDIATE;

-- name: store_commit
COMMIT;

-- name: store_rollback
ROLLBACK;

-- name: store_version
PRAGMA data_version;

-- name: space_page
PRAGMA page_size;

-- name: space_pages
PRAGMA page_count;

-- name: space_unused
PRAGMA freelist_count;

-- name: space_return
-- Moves a page a step.
PRAGMA incremental_vacuum(256);

-- ---- check, backup ----------------------------------------------------------

-- name: check_integrity
PRAGMA integrity_check(20);

-- name: check_references
PRAGMA foreign_key_check;

-- name: check_checkpoints
SELECT job, step FROM checkpoint ORDER BY job, step;

-- name: check_networks
SELECT key FROM network;

-- name: check_arrays
SELECT sha256 FROM array;

-- name: check_leases
-- A job has a worker if and only if its state says so.
SELECT job.id || ' is ' || state || ', and has '
       || iif(lease.id IS NULL, 'no worker', 'worker ' || lease.worker)
FROM job LEFT JOIN lease ON lease.job = job.id AND lease.ended_at IS NULL
WHERE (state IN ('running', 'pausing', 'cancelling')) = (lease.id IS NULL);

-- name: backup
-- ?1 file
VACUUM INTO ?1;

-- ---- job -------------------------------------------------------------------

-- name: job_insert
-- ?1 uuid ?2 name ?3 tags ?4 note ?5 priority ?6 spec ?7 network ?8 device
-- ?9 now ?10 total ?11 parent ?12 sweep
INSERT INTO job (uuid, name, tags, note, state, priority, spec, network, device,
                 created_at, total, parent, sweep)
VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
RETURNING id;

-- name: job_turn
-- ?1 id ?2 share: behind what that share has at this priority already
UPDATE job
SET share = ?2,
    turn = max(coalesce((SELECT turn FROM present
                         WHERE priority = job.priority), 0),
               coalesce((SELECT max(other.turn) + 1 FROM job AS other
                         WHERE other.share = ?2
                           AND other.priority = job.priority
                           AND other.id <> job.id
                           AND other.finished_at IS NULL), 0))
WHERE id = ?1;

-- name: job_after_add
-- ?1 job ?2 earlier ?3 any_end
INSERT INTO job_after (job, earlier, any_end) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET any_end = min(any_end, excluded.any_end);

-- name: job_after_list
-- ?1 job
SELECT earlier, any_end, state FROM job_after
JOIN job ON job.id = earlier WHERE job = ?1 ORDER BY earlier;

-- name: job_bereft
-- A job that waits for the success of one that ended otherwise.
SELECT waiting.id, ended.id, ended.state
FROM job AS waiting
CROSS JOIN job_after ON job = waiting.id AND any_end = 0
CROSS JOIN job AS ended ON ended.id = earlier
WHERE waiting.state IN ('queued', 'paused')
  AND ended.finished_at IS NOT NULL AND ended.state <> 'succeeded'
LIMIT 1;

-- name: job_load
-- ?1 id; the columns are those of job_list
SELECT id, rev, uuid, name, tags, note, spec, state_reason, provenance, state,
       priority, restarts, lost, created_at, started_at, finished_at, done,
       total, rate, parent, sweep, network, device
FROM job WHERE id = ?1;

-- name: job_find
-- ?1 uuid
SELECT id FROM job WHERE uuid = ?1;

-- name: job_remove
-- ?1 id; all that belongs to it goes too
DELETE FROM job WHERE id = ?1;

-- name: job_source_add
-- ?1 job ?2 source
INSERT INTO job_source (job, source) VALUES (?1, ?2) ON CONFLICT DO NOTHING;

-- name: job_taker_list
-- ?1 source; the columns are those of job_list
SELECT id, rev, uuid, name, tags, note, spec, state_reason, provenance, state,
       priority, restarts, lost, created_at, started_at, finished_at, done,
       total, rate, parent, sweep, network, device
FROM job WHERE id IN (SELECT job FROM job_source WHERE source = ?1)
ORDER BY id;

-- name: job_list
-- ?1 state or NULL ?2 tag's key or NULL ?3 its value or NULL ?4 below this id
-- ?5 limit ?6 sweep or 0
SELECT id, rev, uuid, name, tags, note, spec, state_reason, provenance, state,
       priority, restarts, lost, created_at, started_at, finished_at, done,
       total, rate, parent, sweep, network, device
FROM job
WHERE id < ?4
  AND (?1 IS NULL OR state = ?1)
  AND (?6 = 0 OR sweep = ?6)
  AND (?2 IS NULL OR EXISTS (
           SELECT 1 FROM json_each(job.tags) AS tag
           WHERE tag.key = ?2 AND (?3 IS NULL OR tag.value = ?3)))
ORDER BY id DESC LIMIT ?5;

-- name: job_save
-- ?1 id ?2 rev that was loaded, ?3 and on: what may change
UPDATE job
SET rev = rev + 1, name = ?3, tags = ?4, note = ?5, state_reason = ?6,
    provenance = ?7, state = ?8, priority = ?9, restarts = ?10, lost = ?11,
    started_at = ?12, finished_at = ?13, done = ?14, rate = ?15
WHERE id = ?1 AND rev = ?2
RETURNING rev;

-- name: job_shape_save
-- ?1 id ?2 shape
UPDATE job SET shape = ?2 WHERE id = ?1;

-- name: job_shape_load
-- ?1 id
SELECT shape FROM job WHERE id = ?1;

-- name: job_take
-- ?1 device ?2 its host ?3 worker ?4 the shape that it must have, or NULL ?5 now
-- One statement, so two workers can never take the same job. It is the one in
-- front or none: nobody is passed by those that fit better. What learns by
-- reinforcement needs no device and fits beside everything, and a job that a
-- worker died of, since its last checkpoint, beside nothing: it may be to blame.
UPDATE job
SET state = 'running', state_reason = '', rev = rev + 1,
    started_at = coalesce(started_at, ?5)
WHERE id = (SELECT id FROM (SELECT id, shape, lost FROM ready
                            WHERE device IN ('any', ?1, ?2 || '/' || ?1)
                              AND NOT EXISTS (
                                  SELECT 1 FROM unfit
                                  WHERE job = ready.id AND host = ?2
                                    AND unfit.device = ?1
                                    AND ifnull(until > ?5, 1))
                            ORDER BY priority DESC, turn, id LIMIT 1)
            WHERE ?4 IS NULL
               OR (shape IN (?4, 'rl') AND lost = 0
                   AND NOT EXISTS (SELECT 1 FROM suspect WHERE worker = ?3)))
RETURNING id;

-- name: unfit_add
-- ?1 job ?2 host ?3 device ?4 now, or NULL for good. It is tried again after 1 s,
-- 2 s, ... 5 min.
INSERT INTO unfit (job, host, device, tries, until)
VALUES (?1, ?2, ?3, 1, ?4 + 1000)
ON CONFLICT DO UPDATE
SET tries = tries + 1, until = ?4 + min(1000 << min(tries, 9), 300000)
RETURNING until;

-- name: unfit_forget
-- ?1 job ?2 1: also where it will never fit
DELETE FROM unfit WHERE job = ?1 AND (?2 = 1 OR until IS NOT NULL);

-- name: unfit_over
-- ?1 after this time ?2 up to that one
SELECT DISTINCT job FROM unfit WHERE until > ?1 AND until <= ?2;

-- name: unfit_elsewhere
-- ?1 job ?2 time: whether a device in service that was seen since may take it
SELECT EXISTS (
    SELECT 1 FROM device, job
    WHERE job.id = ?1 AND last_seen >= ?2 AND fault = ''
      AND job.device IN ('any', device.id, host || '/' || device.id)
      AND NOT EXISTS (SELECT 1 FROM unfit
                      WHERE job = ?1 AND unfit.host = device.host
                        AND unfit.device = device.id AND until IS NULL));

-- name: present_move
-- ?1 id: its turn has come
INSERT INTO present (priority, turn) SELECT priority, turn FROM job WHERE id = ?1
ON CONFLICT (priority) DO UPDATE SET turn = max(turn, excluded.turn);

-- name: job_waits
-- ?1 device ?2 its host ?3 worker ?4 shape or NULL ?5 now; 1 the one in front
-- fits, 2 it does not
SELECT CASE WHEN ?4 IS NULL
              OR (shape IN (?4, 'rl') AND lost = 0
                  AND NOT EXISTS (SELECT 1 FROM suspect WHERE worker = ?3))
            THEN 1 ELSE 2 END
FROM ready
WHERE device IN ('any', ?1, ?2 || '/' || ?1)
  AND NOT EXISTS (SELECT 1 FROM unfit
                  WHERE job = ready.id AND host = ?2 AND unfit.device = ?1
                    AND ifnull(until > ?5, 1))
ORDER BY priority DESC, turn, id LIMIT 1;

-- name: job_places
-- Of every job that waits for no other, by number: its place, and simulated s of
-- those before it.
SELECT id, row_number() OVER next,
       coalesce(sum(total - done) OVER (
           next ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0.0)
FROM ready
WINDOW next AS (ORDER BY priority DESC, turn, id)
ORDER BY id;

-- name: job_ended
-- ?1 before this time ?2 limit
SELECT id FROM job WHERE finished_at < ?1 ORDER BY finished_at, id LIMIT ?2;

-- name: job_pace
SELECT count(*), count(CASE WHEN rate > 0 THEN 1 END), coalesce(sum(rate), 0.0),
       coalesce(min(CASE WHEN rate > 0 THEN (total - done) / rate END), 0.0)
FROM job WHERE state IN ('running', 'pausing', 'cancelling');

-- name: job_count
SELECT state, count(*) FROM job GROUP BY state;

-- name: sweep_insert
-- ?1 name ?2 axes ?3 now
INSERT INTO sweep (name, axes, created_at) VALUES (?1, ?2, ?3) RETURNING id;

-- name: sweep_list
-- ?1 least id ?2 below this id ?3 limit
SELECT id, name, axes, created_at,
       (SELECT json_group_array(number)
        FROM (SELECT id AS number FROM job WHERE sweep = sweep.id ORDER BY id)),
       (SELECT json_group_object(state, count)
        FROM (SELECT state, count(*) AS count FROM job WHERE sweep = sweep.id
              GROUP BY state))
FROM sweep WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3;

-- name: change_last
SELECT number FROM change;

-- name: change_list
-- ?1 after this change ?2 limit
SELECT number, job, gone FROM (
    SELECT change AS number, id AS job, 0 AS gone FROM job WHERE change > ?1
    UNION ALL
    SELECT change, job, 1 FROM job_gone WHERE change > ?1)
ORDER BY number LIMIT ?2;

-- ---- metric ----------------------------------------------------------------

-- name: metric_add
-- ?1 job ?2 to ?10 the keys in order ?11 nonfinite
INSERT OR REPLACE INTO metric (job, period, t_end, mse, mse_raw, rate_ff,
    rate_rec, weight_rms_ff, weight_rms_rec, steps_per_second, nonfinite)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);

-- name: metric_bucket_add
-- ?1 job ?2 to ?10 the keys in order ?11 nonfinite
INSERT INTO metric_bucket
SELECT ?1, size, ?2 / size, ?2, ?2, ?3, ?3, ?11 & 508,
       ?4, ?4, ?5, ?5, ?6, ?6, ?7, ?7, ?8, ?8, ?9, ?9, ?10, ?10
FROM (SELECT 16 AS size UNION ALL SELECT 256 UNION ALL SELECT 4096) WHERE true
ON CONFLICT (job, size, bucket) DO UPDATE
SET period_first = min(period_first, excluded.period_first),
    period_last = max(period_last, excluded.period_last),
    t_first = min(t_first, excluded.t_first),
    t_last = max(t_last, excluded.t_last),
    broken = broken | excluded.broken,
    least_mse = min(ifnull(least_mse, excluded.least_mse),
        ifnull(excluded.least_mse, least_mse)),
    most_mse = max(ifnull(most_mse, excluded.most_mse),
        ifnull(excluded.most_mse, most_mse)),
    least_mse_raw = min(ifnull(least_mse_raw, excluded.least_mse_raw),
        ifnull(excluded.least_mse_raw, least_mse_raw)),
    most_mse_raw = max(ifnull(most_mse_raw, excluded.most_mse_raw),
        ifnull(excluded.most_mse_raw, most_mse_raw)),
    least_rate_ff = min(ifnull(least_rate_ff, excluded.least_rate_ff),
        ifnull(excluded.least_rate_ff, least_rate_ff)),
    most_rate_ff = max(ifnull(most_rate_ff, excluded.most_rate_ff),
        ifnull(excluded.most_rate_ff, most_rate_ff)),
    least_rate_rec = min(ifnull(least_rate_rec, excluded.least_rate_rec),
        ifnull(excluded.least_rate_rec, least_rate_rec)),
    most_rate_rec = max(ifnull(most_rate_rec, excluded.most_rate_rec),
        ifnull(excluded.most_rate_rec, most_rate_rec)),
    least_weight_rms_ff = min(ifnull(least_weight_rms_ff, excluded.least_weight_rms_ff),
        ifnull(excluded.least_weight_rms_ff, least_weight_rms_ff)),
    most_weight_rms_ff = max(ifnull(most_weight_rms_ff, excluded.most_weight_rms_ff),
        ifnull(excluded.most_weight_rms_ff, most_weight_rms_ff)),
    least_weight_rms_rec = min(ifnull(least_weight_rms_rec, excluded.least_weight_rms_rec),
        ifnull(excluded.least_weight_rms_rec, least_weight_rms_rec)),
    most_weight_rms_rec = max(ifnull(most_weight_rms_rec, excluded.most_weight_rms_rec),
        ifnull(excluded.most_weight_rms_rec, most_weight_rms_rec)),
    least_steps_per_second = min(ifnull(least_steps_per_second, excluded.least_steps_per_second),
        ifnull(excluded.least_steps_per_second, least_steps_per_second)),
    most_steps_per_second = max(ifnull(most_steps_per_second, excluded.most_steps_per_second),
        ifnull(excluded.most_steps_per_second, most_steps_per_second));

-- name: metric_first
-- ?1 job ?2 from: the first period that ends then or later
SELECT period FROM metric
WHERE job = ?1 AND t_end >= ?2
  AND period >= (SELECT period_first FROM metric_bucket
                 WHERE job = ?1 AND size = 4096 AND t_last >= ?2
                 ORDER BY bucket LIMIT 1)
ORDER BY period LIMIT 1;

-- name: metric_last
-- ?1 job ?2 to: the last period that ends then or before
SELECT period FROM metric
WHERE job = ?1 AND t_end <= ?2
  AND period <= (SELECT period_last FROM metric_bucket
                 WHERE job = ?1 AND size = 4096 AND t_first <= ?2
                 ORDER BY bucket DESC LIMIT 1)
ORDER BY period DESC LIMIT 1;

-- name: metric_periods
-- ?1 job ?2 first period ?3 last
SELECT period, t_end, mse, mse_raw, rate_ff, rate_rec, weight_rms_ff,
       weight_rms_rec, steps_per_second
FROM metric WHERE job = ?1 AND period BETWEEN ?2 AND ?3 ORDER BY period;

-- name: metric_buckets
-- ?1 job ?2 size ?3 first bucket ?4 last
SELECT period_first, period_last, t_first, t_last, broken,
       least_mse, most_mse,
       least_mse_raw, most_mse_raw,
       least_rate_ff, most_rate_ff,
       least_rate_rec, most_rate_rec,
       least_weight_rms_ff, most_weight_rms_ff,
       least_weight_rms_rec, most_weight_rms_rec,
       least_steps_per_second, most_steps_per_second
FROM metric_bucket
WHERE job = ?1 AND size = ?2 AND bucket BETWEEN ?3 AND ?4 ORDER BY bucket;

-- name: metric_summary_add
-- ?1 job ?2 key ?3 value ?4 the same, or NULL when it is not to be the least
INSERT INTO metric_summary (job, key, last, least) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (job, key) DO UPDATE
SET last = excluded.last,
    least = CASE WHEN excluded.least IS NULL OR least <= excluded.least
                 THEN least ELSE excluded.least END;

-- name: metric_summary
-- ?1 job
SELECT key, last, least FROM metric_summary WHERE job = ?1;

-- ---- checkpoint ------------------------------------------------------------

-- name: checkpoint_save
-- ?1 job ?2 step ?3 t ?4 kind ?5 sha256 ?6 size ?7 now ?8 data
-- A job that resumes comes by its old checkpoints again: what was to be kept
-- for good stays so.
INSERT INTO checkpoint (job, step, t, kind, sha256, size, created_at, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (job, step) DO UPDATE
SET t = excluded.t, sha256 = excluded.sha256, size = excluded.size,
    created_at = excluded.created_at, data = excluded.data,
    kind = CASE WHEN 'final' IN (kind, excluded.kind) THEN 'final'
                WHEN 'snapshot' IN (kind, excluded.kind) THEN 'snapshot'
                ELSE 'rolling' END
RETURNING kind;

-- name: checkpoint_prune
-- ?1 job ?2 how many stay
DELETE FROM checkpoint
WHERE job = ?1 AND kind = 'rolling'
  AND step NOT IN (SELECT step FROM checkpoint
                   WHERE job = ?1 AND kind = 'rolling'
                   ORDER BY step DESC LIMIT ?2);

-- name: checkpoint_remove
-- ?1 job ?2 step
DELETE FROM checkpoint WHERE job = ?1 AND step = ?2;

-- name: checkpoint_list
-- ?1 job
SELECT step, t, kind, sha256, size, created_at, job
FROM checkpoint WHERE job = ?1 ORDER BY step;

-- name: checkpoint_find
-- ?1 job ?2 step, this or the newest before
SELECT step, t, kind, sha256, size, created_at, job
FROM checkpoint WHERE job = ?1 AND step <= ?2 ORDER BY step DESC LIMIT 1;

-- name: checkpoint_load
-- ?1 job ?2 step
SELECT sha256, data FROM checkpoint WHERE job = ?1 AND step = ?2;

-- ---- trace -----------------------------------------------------------------

-- name: trace_clear
-- ?1 job ?2 window
DELETE FROM trace WHERE job = ?1 AND window = ?2;

-- name: trace_drop
-- ?1 job ?2 window ?3 step, from which on nothing stays
DELETE FROM trace WHERE job = ?1 AND window = ?2 AND first_step >= ?3;

-- name: trace_shorten
-- ?1 job ?2 window ?3 step, at which a chunk that reaches beyond is cut
UPDATE trace
SET rows = ?3 - first_step,
    data = substr(data, 1, (?3 - first_step) * columns * 8)
WHERE job = ?1 AND window = ?2 AND first_step < ?3 AND first_step + rows > ?3;

-- name: trace_add
-- ?1 job ?2 window ?3 first_step ?4 rows ?5 columns ?6 data
INSERT INTO trace (job, window, first_step, rows, columns, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: trace_list
-- ?1 job ?2 window ?3 from ?4 to
SELECT first_step, rows, columns, data FROM trace
WHERE job = ?1 AND window = ?2 AND first_step < ?4 AND first_step + rows > ?3
ORDER BY first_step;

-- ---- spikes, episode, network -----------------------------------------------

-- name: spikes_drop
-- ?1 job ?2 step, from which on nothing stays
DELETE FROM spikes WHERE job = ?1 AND first_step >= ?2;

-- name: spikes_shorten
-- ?1 job ?2 step, at which a chunk that reaches beyond is cut
UPDATE spikes
SET rows = ?2 - first_step,
    ff = substr(ff, 1, (?2 - first_step) * bytes_ff),
    rec = substr(rec, 1, (?2 - first_step) * bytes_rec)
WHERE job = ?1 AND first_step < ?2 AND first_step + rows > ?2;

-- name: spikes_add
-- ?1 job ?2 first_step ?3 rows ?4 bytes_ff ?5 bytes_rec ?6 ff ?7 rec
INSERT INTO spikes (job, first_step, rows, bytes_ff, bytes_rec, ff, rec)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: spikes_list
-- ?1 job ?2 from ?3 to
SELECT first_step, rows, bytes_ff, bytes_rec, ff, rec FROM spikes
WHERE job = ?1 AND first_step < ?3 AND first_step + rows > ?2
ORDER BY first_step;

-- name: spikes_size
-- ?1 job ?2 from ?3 to; rows that spikes_list has, and bytes of each
SELECT coalesce(sum(min(first_step + rows, ?3) - max(first_step, ?2)), 0),
       coalesce(max(bytes_ff + bytes_rec), 0)
FROM spikes WHERE job = ?1 AND first_step < ?3 AND first_step + rows > ?2;

-- name: spike_count_save
-- ?1 job ?2 window ?3 first_step ?4 steps ?5 ff ?6 rec
INSERT OR REPLACE INTO spike_count (job, window, first_step, steps, ff, rec)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: spike_count_load
-- ?1 job ?2 window
SELECT first_step, steps, ff, rec FROM spike_count
WHERE job = ?1 AND window = ?2;

-- name: episode_add
-- ?1 job ?2 episode ?3 time
INSERT OR REPLACE INTO episode (job, episode, time) VALUES (?1, ?2, ?3);

-- name: episode_list
-- ?1 job ?2 from ?3 to
SELECT episode, time FROM episode
WHERE job = ?1 AND episode BETWEEN ?2 AND ?3 ORDER BY episode;

-- name: episode_summary
-- ?1 job; the last row, and the least time
SELECT episode, time, (SELECT min(time) FROM episode WHERE job = ?1)
FROM episode WHERE job = ?1 ORDER BY episode DESC LIMIT 1;

-- name: network_save
-- ?1 key ?2 sha256 ?3 now ?4 data
INSERT INTO network (key, sha256, created_at, data) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (key) DO NOTHING;

-- name: network_known
-- ?1 key
SELECT EXISTS (SELECT 1 FROM network WHERE key = ?1);

-- name: network_sweep
-- Networks that no job has any more.
DELETE FROM network WHERE key NOT IN (SELECT network FROM job);

-- name: network_load
-- ?1 key
SELECT sha256, data FROM network WHERE key = ?1;

-- ---- array -----------------------------------------------------------------

-- name: array_save
-- ?1 sha256 ?2 size ?3 content ?4 now
INSERT INTO array (sha256, size, content, created_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (sha256) DO NOTHING
RETURNING 1;

-- name: array_load
-- ?1 sha256; the columns are those of array_list
SELECT sha256, size, content, created_at,
       (SELECT json_group_array(job) FROM job_array WHERE array = sha256)
FROM array WHERE sha256 = ?1;

-- name: array_list
-- ?1 limit ?2 offset
SELECT sha256, size, content, created_at,
       (SELECT json_group_array(job) FROM job_array WHERE array = sha256)
FROM array ORDER BY created_at DESC, sha256 LIMIT ?1 OFFSET ?2;

-- name: array_remove
-- ?1 sha256
DELETE FROM array WHERE sha256 = ?1;

-- name: array_use
-- ?1 job ?2 sha256
INSERT INTO job_array (job, array) VALUES (?1, ?2) ON CONFLICT DO NOTHING;

-- ---- lease -----------------------------------------------------------------

-- name: lease_insert
INSERT INTO lease (id, job, worker, device, local, sequence, expires_at, answer,
                   resume_step, token, host)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);

-- name: lease_load
-- ?1 id; the columns are those of lease_list
SELECT id, job, worker, device, local, sequence, expires_at, ended_at, answer,
       resume_step, token, host
FROM lease WHERE id = ?1;

-- name: lease_save
-- ?1 id
UPDATE lease
SET sequence = ?2, expires_at = ?3, ended_at = ?4, answer = ?5, resume_step = ?6
WHERE id = ?1;

-- name: lease_list
-- Those that are held. ?1 expired at this time or NULL ?2 1: only local ones
-- ?3 of this worker or NULL
SELECT id, job, worker, device, local, sequence, expires_at, ended_at, answer,
       resume_step, token, host
FROM lease
WHERE ended_at IS NULL
  AND (?1 IS NULL OR expires_at <= ?1)
  AND (?2 = 0 OR local = 1)
  AND (?3 IS NULL OR worker = ?3)
ORDER BY job;

-- name: lease_forget
-- ?1 time
DELETE FROM lease WHERE ended_at < ?1;

-- ---- device, log, idempotency ----------------------------------------------

-- name: device_save
INSERT OR REPLACE INTO device (id, name, type, vendor, driver, platform, memory,
    units, worker, host, version, pid, local, last_seen, fault)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15);

-- name: device_touch
-- ?1 id ?2 host ?3 now
UPDATE device SET last_seen = ?3 WHERE id = ?1 AND host = ?2;

-- name: device_list
SELECT id, name, type, vendor, driver, platform, memory, units, worker, host,
       version, pid, local, last_seen, fault
FROM device ORDER BY type DESC, host, id;

-- name: log_add
-- ?1 job ?2 at ?3 text ?4 event ?5 from_state ?6 to_state, or NULL
INSERT INTO log (job, at, text, event, from_state, to_state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: log_list
-- ?1 job ?2 after ?3 limit ?4 1: changes of state alone
SELECT id, at, text, event, from_state, to_state FROM log
WHERE job = ?1 AND id > ?2 AND (?4 = 0 OR event IS NOT NULL)
ORDER BY id LIMIT ?3;

-- name: token_add
-- ?1 name ?2 role ?3 sha256 ?4 now ?5 expires at, or NULL
INSERT INTO token (name, role, sha256, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5);

-- name: token_remove
-- ?1 name
DELETE FROM token WHERE name = ?1 RETURNING id;

-- name: token_list
SELECT id, name, role, sha256, created_at, expires_at FROM token ORDER BY name;

-- name: idempotency_find
-- ?1 key ?2 since when keys are kept
SELECT sha256, job FROM idempotency WHERE key = ?1 AND created_at >= ?2;

-- name: idempotency_add
-- ?1 key ?2 sha256 ?3 job ?4 now
-- One that is there is no longer kept: idempotency_find has not found it.
INSERT OR REPLACE INTO idempotency (key, sha256, job, created_at)
VALUES (?1, ?2, ?3, ?4);

-- ---- listener, notice -------------------------------------------------------

-- name: listener_count
-- ?1 way
SELECT count(*) FROM listener WHERE way = ?1;

-- name: listener_add
-- ?1 way
INSERT INTO listener (way) VALUES (?1) ON CONFLICT DO NOTHING;

-- name: listener_remove
-- ?1 way; what was still to be told that way goes too
DELETE FROM listener WHERE way = ?1;

-- name: notice_write
-- ?1 job, that has just ended; keys of metric_summary are those of enum metric_key
UPDATE notice
SET key = lower(hex(randomblob(16))),
    body = (
    SELECT json_object(
        'type', 'job.' || state,
        'timestamp', strftime('%Y-%m-%dT%H:%M:%fZ', finished_at / 1000.0,
                              'unixepoch'),
        'data', json_object(
            'id', id,
            'uuid', uuid,
            'name', nullif(name, ''),
            'tags', json(tags),
            'note', nullif(note, ''),
            'state', state,
            'state_reason', nullif(state_reason, ''),
            'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0,
                                   'unixepoch'),
            'started_at', strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0,
                                   'unixepoch'),
            'finished_at', strftime('%Y-%m-%dT%H:%M:%fZ', finished_at / 1000.0,
                                    'unixepoch'),
            'restarts', restarts,
            'parent', parent,
            'sweep', sweep,
            'progress', json_object('done', done, 'total', total),
            'metrics', json_object(
                'mse', (SELECT last FROM metric_summary
                        WHERE job = ?1 AND key = 2),
                'mse_raw', (SELECT last FROM metric_summary
                            WHERE job = ?1 AND key = 3))))
    FROM job WHERE id = ?1)
WHERE job = ?1 AND body IS NULL;

-- name: notice_next
-- ?1 way ?2 now
SELECT id, job IS NOT NULL, key, body, made_at, tries,
       json_extract(body, '$.data.id'), json_extract(body, '$.data.state'),
       coalesce(json_extract(body, '$.data.name'), '')
FROM notice
WHERE way = ?1 AND due_at <= ?2 AND body IS NOT NULL ORDER BY due_at, id LIMIT 1;

-- name: notice_delay
-- ?1 id ?2 due
UPDATE notice SET tries = tries + 1, due_at = ?2 WHERE id = ?1;

-- name: notice_remove
-- ?1 id
DELETE FROM notice WHERE id = ?1;
