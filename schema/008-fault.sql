-- 008-fault: devices that are out of service.

ALTER TABLE device ADD COLUMN fault TEXT NOT NULL DEFAULT ''; -- why, or ''
