-- 004-buckets: metrics of many periods at once, so that a plot of a million of
-- them reads some thousand rows.

-- Kept while metrics are written: the extremes of 16, 256 and 4096 periods. A
-- value that was not finite counts for neither, and has its bit in broken, as in
-- metric.nonfinite.
CREATE TABLE metric_bucket (
    job          INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    size         INTEGER NOT NULL, -- periods
    bucket       INTEGER NOT NULL, -- period / size
    period_first INTEGER NOT NULL,
    period_last  INTEGER NOT NULL,
    t_first      REAL,
    t_last       REAL,
    broken       INTEGER NOT NULL,
    least_mse REAL,
    most_mse REAL,
    least_mse_raw REAL,
    most_mse_raw REAL,
    least_rate_ff REAL,
    most_rate_ff REAL,
    least_rate_rec REAL,
    most_rate_rec REAL,
    least_weight_rms_ff REAL,
    most_weight_rms_ff REAL,
    least_weight_rms_rec REAL,
    most_weight_rms_rec REAL,
    least_steps_per_second REAL,
    most_steps_per_second REAL,
    PRIMARY KEY (job, size, bucket)
) STRICT, WITHOUT ROWID;

INSERT INTO metric_bucket
SELECT job, size, period / size, min(period), max(period), min(t_end), max(t_end),
       max(nonfinite & 4) + max(nonfinite & 8) + max(nonfinite & 16)
       + max(nonfinite & 32) + max(nonfinite & 64) + max(nonfinite & 128)
       + max(nonfinite & 256),
       min(mse), max(mse),
       min(mse_raw), max(mse_raw),
       min(rate_ff), max(rate_ff),
       min(rate_rec), max(rate_rec),
       min(weight_rms_ff), max(weight_rms_ff),
       min(weight_rms_rec), max(weight_rms_rec),
       min(steps_per_second), max(steps_per_second)
FROM metric, (SELECT 16 AS size UNION ALL SELECT 256 UNION ALL SELECT 4096)
GROUP BY job, size, period / size;
