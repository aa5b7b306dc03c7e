/* handlers.h - every handler that routes.c names, by the file it is in. */
#ifndef FOLLOWD_API_HANDLERS_H
#define FOLLOWD_API_HANDLERS_H

#include "api/api_private.h"

/* files.c: the page */
handler page_show, page_file;
/* prometheus.c */
handler prometheus_show;
/* about.c: the daemon itself, and what it can do */
handler health_live, health_ready, version_show, devices_list;
handler presets_list, presets_show, schema_show, openapi_show;
/* jobs.c */
handler jobs_submit, jobs_list, jobs_show, jobs_change, jobs_delete;
handler jobs_cancel, jobs_pause, jobs_resume, jobs_retry;
/* sweeps.c: many jobs at once */
handler sweeps_submit, sweeps_list, sweeps_show;
/* metrics.c, metrics_many.c, traces.c, spikes.c, rates.c */
handler metrics_show, metrics_many, traces_show, spikes_show, rates_show;
/* checkpoints.c, weights.c, dense.c, histogram.c, tile.c */
handler checkpoints_list, checkpoint_weights, checkpoint_array;
handler checkpoint_dense, checkpoint_histogram, checkpoint_tile, log_show;
/* arrays.c: what users upload */
handler arrays_add, arrays_list, arrays_show, arrays_delete;
/* listen.c: who hears at once what happens */
handler events_listen;
/* leases.c, reports.c, checkpoints.c: what workers ask and tell */
handler device_tell, lease_take, lease_checkpoint, lease_report, checkpoint_raw;

#endif
