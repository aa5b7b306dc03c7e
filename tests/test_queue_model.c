/* test_queue_model.c - random operations on a queue and on a small model of it
 * in memory must agree: on every answer, and on every job, all the time. The
 * clock is the test's own, so that a day of leases passes in a second. */
#include "queue_testing.h"

#include <unistd.h>

enum { MOST = 40, WORKERS = 4, SHARES = 3, OPERATIONS = 100000 };

static int64_t now_ms = 1700000000000;
int64_t __wrap_clock_now_ms(void);

int64_t
__wrap_clock_now_ms(void)
{
    return now_ms;
}

/* A commit then waits for no disk; what disks do is tested elsewhere. */
static void __attribute__((constructor)) be_in_memory(void)
{
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
}

/* A job as it should be. */
struct mirror {
    int64_t id; /* 0: the place is free */
    enum job_state state;
    int priority, share, lost, restarts;
    int64_t turn, step; /* of the last checkpoint, 0: none */
    int64_t after;      /* id of the job it comes after, 0: of none */
    bool any_end;
    int worker; /* that has it, or -1 */
};

struct hand { /* what a worker has */
    struct mirror *job;
    struct grant grant;
    int64_t sequence, until; /* ms */
    struct grant stale;      /* one that is not its any more */
};

static struct mirror mirrors[MOST];
static struct hand hands[WORKERS];
static int64_t present[3]; /* the turn that came last, by priority -1 to 1 */
static unsigned dice_state = 1;
static bool fills, full; /* the disk; the queue has seen it */

/* Numerical Recipes' generator: the same on every machine. */
static int
dice(int sides)
{
    dice_state = 1664525u * dice_state + 1013904223u;
    return (int)((dice_state >> 8) % (unsigned)sides);
}

static struct mirror *
mirror_of(int64_t id)
{
    for (int i = 0; i < MOST; i++)
        if (id != 0 && mirrors[i].id == id)
            return &mirrors[i];
    return NULL;
}

static struct mirror *
some_job(void)
{
    struct mirror *one = &mirrors[dice(MOST)];
    return one->id != 0 ? one : NULL;
}

static bool
is_final(const struct mirror *job)
{
    return job->state >= JOB_CANCELLED;
}

static bool
is_held(const struct mirror *job)
{
    return job->state == JOB_RUNNING || job->state == JOB_PAUSING ||
           job->state == JOB_CANCELLING;
}

/* ---- whose turn it is ---------------------------------------------------- */

static bool
is_ready(const struct mirror *job)
{
    const struct mirror *first = mirror_of(job->after);
    if (job->state != JOB_QUEUED)
        return false;
    return first == NULL || first->state == JOB_SUCCEEDED ||
           (job->any_end && is_final(first));
}

static bool
is_before(const struct mirror *a, const struct mirror *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return a->turn != b->turn ? a->turn < b->turn : a->id < b->id;
}

static struct mirror *
next_job(void)
{
    struct mirror *next = NULL;
    for (int i = 0; i < MOST; i++)
        if (mirrors[i].id != 0 && is_ready(&mirrors[i]) &&
            (next == NULL || is_before(&mirrors[i], next)))
            next = &mirrors[i];
    return next;
}

static void
turn_take(struct mirror *job)
{
    job->turn = present[job->priority + 1];
    for (int i = 0; i < MOST; i++) {
        const struct mirror *other = &mirrors[i];
        if (other->id != 0 && other != job && !is_final(other) &&
            other->share == job->share && other->priority == job->priority &&
            other->turn + 1 > job->turn)
            job->turn = other->turn + 1;
    }
}

/* What waits for the success of what did not succeed is cancelled, and what
 * waits for that. */
static void
bereave(void)
{
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < MOST; i++) {
            struct mirror *job = &mirrors[i];
            const struct mirror *first = mirror_of(job->after);
            if (job->id == 0 || first == NULL || job->any_end ||
                !is_final(first) || first->state == JOB_SUCCEEDED ||
                (job->state != JOB_QUEUED && job->state != JOB_PAUSED))
                continue;
            job->state = JOB_CANCELLED;
            again = true;
        }
    }
}

/* ---- what workers do ----------------------------------------------------- */

static struct device
device_of(int worker)
{
    struct device device = {.type = "cpu", .worker.local = worker % 2 == 0};
    snprintf(device.id, sizeof device.id, "device-%d", worker);
    snprintf(device.worker.name, sizeof device.worker.name, "worker %d",
             worker);
    return device;
}

static void
hand_empty(struct hand *hand)
{
    grant_clear(&hand->stale);
    hand->stale = hand->grant;
    memset(&hand->grant, 0, sizeof hand->grant);
    hand->job = NULL;
}

static void
try_lease(int worker)
{
    struct hand *hand = &hands[worker];
    struct device device = device_of(worker);
    struct mirror *job = full ? NULL : next_job();
    struct grant grant;
    enum status status = queue_lease(queue, store, &device, NULL, &grant, &err);
    ck_assert_int_eq(status, job != NULL ? OK : NOT_FOUND);
    if (job == NULL)
        return;
    ck_assert_int_eq(grant.job, job->id);
    ck_assert(grant.resumes == (job->step > 0));
    if (grant.resumes)
        ck_assert_int_eq(grant.checkpoint.step, job->step);
    int64_t *turn = &present[job->priority + 1];
    *turn = job->turn > *turn ? job->turn : *turn;
    job->state = JOB_RUNNING;
    job->worker = worker;
    hand->job = job;
    hand->grant = grant;
    hand->sequence = 0;
    hand->until = now_ms + 30000;
}

/* Its worker is gone, whoever is to blame. */
static void
lose(struct mirror *job, bool counts)
{
    struct hand *hand = &hands[job->worker];
    bool poison = counts && ++job->lost >= 3;
    if (job->state == JOB_CANCELLING)
        job->state = JOB_CANCELLED;
    else if (poison)
        job->state = JOB_FAILED;
    else
        job->state = job->state == JOB_PAUSING ? JOB_PAUSED : JOB_QUEUED;
    job->restarts += !is_final(job);
    job->worker = -1;
    hand_empty(hand);
}

static enum command
command_wanted(enum job_state state)
{
    return state == JOB_CANCELLING        ? COMMAND_CANCEL
           : state == JOB_PAUSING         ? COMMAND_PAUSE
           : state == JOB_RUNNING && full ? COMMAND_RELEASE
                                          : COMMAND_GO;
}

static enum job_state
state_wanted(enum job_state state, enum report_state report)
{
    static const enum job_state ends[REPORT_STATES] = {
        [REPORT_SUCCEEDED] = JOB_SUCCEEDED,
        [REPORT_FAILED] = JOB_FAILED,
        [REPORT_DIVERGED] = JOB_DIVERGED,
    };
    if (report == REPORT_RUNNING)
        return state;
    if (report == REPORT_CANCELLED)
        return state == JOB_CANCELLING ? JOB_CANCELLED : JOB_STATES;
    if (report == REPORT_RELEASED)
        return state == JOB_CANCELLING ? JOB_CANCELLED
               : state == JOB_PAUSING  ? JOB_PAUSED
                                       : JOB_QUEUED;
    return ends[report];
}

static void
try_report(int worker)
{
    struct hand *hand = &hands[worker];
    struct mirror *job = hand->job;
    struct report report = {.state = (enum report_state)dice(3 * REPORT_STATES),
                            .t = 40};
    enum command command, again;
    if (report.state >= REPORT_STATES)
        report.state = REPORT_RUNNING;
    report.checkpoint.present =
        report.state == REPORT_SUCCEEDED || dice(2) == 0;
    report.checkpoint.step = report.state == REPORT_SUCCEEDED
                                 ? 40000
                                 : job->step + dice(40000 - (int)job->step);
    report.checkpoint.present &= report.checkpoint.step > 0;
    report.checkpoint.t = (double)report.checkpoint.step * SPEC_DT;
    report.checkpoint.kind = report.state == REPORT_SUCCEEDED
                                 ? CHECKPOINT_FINAL
                                 : CHECKPOINT_ROLLING;
    report.checkpoint.data = "state";
    report.checkpoint.size = 5;
    enum job_state state = state_wanted(job->state, report.state);
    enum status status = queue_report(queue, store, hand->grant.lease,
                                      hand->sequence, &report, &command, &err);
    ck_assert_int_eq(status, state == JOB_STATES ? CONFLICT : OK);
    if (status != OK)
        return;
    job->state = state;
    ck_assert_int_eq(command, command_wanted(state));
    if (report.checkpoint.present) {
        job->step = report.checkpoint.step;
        job->lost = 0;
    }
    ck_ok(queue_report(queue, store, hand->grant.lease, hand->sequence, &report,
                       &again, &err)); /* its answer was lost */
    ck_assert_int_eq(again, command);
    hand->sequence++;
    hand->until = now_ms + 30000;
    if (!is_held(job)) {
        job->worker = -1;
        hand_empty(hand);
    }
}

/* A worker that was thought dead comes back: nobody listens. */
static void
try_zombie(int worker)
{
    struct hand *hand = &hands[worker];
    if (hand->stale.lease[0] == '\0')
        return;
    ck_assert_int_eq(report_refused(&hand->stale, 1000), CONFLICT);
}

static void
try_lost(int worker)
{
    struct device device = device_of(worker);
    if (hands[worker].job != NULL)
        lose(hands[worker].job, true);
    ck_ok(
        queue_worker_lost(queue, store, device.worker.name, "has died", &err));
}

/* ---- what users do ------------------------------------------------------- */

static void
try_submit(void)
{
    static struct submission submission;
    struct mirror *first = dice(3) == 0 ? some_job() : NULL, *job = NULL;
    int64_t id;
    bool created;
    for (int i = 0; i < MOST && job == NULL; i++)
        job = mirrors[i].id == 0 ? &mirrors[i] : NULL;
    if (job == NULL)
        return;
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    submission.priority = dice(3) - 1;
    submission.after_count = first != NULL;
    submission.after[0].job = first != NULL ? first->id : 0;
    submission.after[0].any_end = dice(2) == 0;
    int share = dice(SHARES);
    snprintf(submission.tags, sizeof submission.tags, "{\"user\":\"%d\"}",
             share);
    enum status status = queue_submit(queue, store, &submission, NULL, NULL,
                                      &id, &created, &err);
    ck_assert_int_eq(status, full ? NO_SPACE : OK);
    if (status != OK)
        return;
    *job = (struct mirror){.id = id,
                           .state = JOB_QUEUED,
                           .priority = submission.priority,
                           .share = share,
                           .after = submission.after[0].job,
                           .any_end = submission.after[0].any_end,
                           .worker = -1};
    turn_take(job);
}

/* A verb: what it makes of each state; JOB_STATES: it is refused. */
static void
try_verb(struct mirror *job, enum status (*verb)(struct queue *, struct store *,
                                                 int64_t, struct error *))
{
    enum job_state to = JOB_STATES, from = job->state;
    if (verb == queue_cancel && !is_final(job))
        to = is_held(job) ? JOB_CANCELLING : JOB_CANCELLED;
    if (verb == queue_pause && from == JOB_QUEUED)
        to = JOB_PAUSED;
    if (verb == queue_pause && (from == JOB_RUNNING || from == JOB_PAUSING))
        to = JOB_PAUSING;
    if (verb == queue_resume && from == JOB_PAUSED)
        to = JOB_QUEUED;
    if (verb == queue_resume && from == JOB_PAUSING)
        to = JOB_RUNNING;
    if (verb == queue_retry && (from == JOB_FAILED || from == JOB_CANCELLED))
        to = JOB_QUEUED;
    ck_assert_int_eq(verb(queue, store, job->id, &err),
                     to == JOB_STATES ? CONFLICT : OK);
    if (to == JOB_STATES)
        return;
    job->state = to;
    if (verb == queue_retry)
        job->lost = 0;
}

static void
try_delete(struct mirror *job)
{
    bool over = is_final(job);
    ck_assert_int_eq(queue_delete(queue, store, job->id, &err),
                     over ? OK : CONFLICT);
    if (over)
        job->id = 0;
}

static void
try_priority(struct mirror *job)
{
    int priority = dice(3) - 1;
    struct change change = {.priority = &priority};
    ck_ok(queue_change(queue, store, job->id, 0, &change, &err));
    if (priority == job->priority)
        return;
    job->priority = priority;
    turn_take(job);
}

/* ---- what time does ------------------------------------------------------ */

static void
tick(void)
{
    struct limits limits = {.min_free = fills ? INT64_MAX / 2 : 0};
    bool was = full;
    full = fills;
    now_ms += dice(16000);
    ck_ok(queue_guard(queue, store, &limits, &err));
    for (int i = 0; was && !full && i < WORKERS; i++)
        hands[i].until = now_ms + 30000;
    for (int i = 0; !full && i < WORKERS; i++)
        if (hands[i].job != NULL && hands[i].until <= now_ms)
            lose(hands[i].job, true);
    ck_ok(queue_expire(queue, store, &err));
    if (!full)
        bereave();
}

static void
restart(void)
{
    for (int i = 0; i < WORKERS; i++) {
        if (hands[i].job != NULL && i % 2 == 0)
            lose(hands[i].job, false);
        hands[i].until = now_ms + 30000;
    }
    store_close(store);
    queue_free(queue);
    ck_ok(store_open(path, &store, &err));
    queue = queue_new(NULL, NULL);
    ck_assert_ptr_nonnull(queue);
    ck_ok(queue_recover(queue, store, &err));
    full = false;
}

/* ---- the comparison ------------------------------------------------------ */

static void
assert_job(const struct mirror *mirror)
{
    struct job job;
    ck_ok(job_load(store, mirror->id, &job, &err));
    ck_assert_str_eq(job_state_name(job.state), job_state_name(mirror->state));
    ck_assert_int_eq(job.priority, mirror->priority);
    ck_assert_int_eq(job.lost, mirror->lost);
    ck_assert_int_eq(job.restarts, mirror->restarts);
    ck_assert(is_final(mirror) == (job.finished_at != 0));
    job_clear(&job);
}

/* All that there is, and nothing else: no lease leaks, no job. */
static void
assert_all(void)
{
    int64_t count[JOB_STATES], held, mirrored[JOB_STATES] = {0}, holding = 0;
    for (int i = 0; i < MOST; i++)
        if (mirrors[i].id != 0) {
            assert_job(&mirrors[i]);
            mirrored[mirrors[i].state]++;
        }
    ck_ok(job_count(store, count, &err));
    for (int i = 0; i < JOB_STATES; i++)
        ck_assert_int_eq(count[i], mirrored[i]);
    for (int i = 0; i < WORKERS; i++)
        holding += hands[i].job != NULL;
    ck_ok(queue_held(store, &held, &err));
    ck_assert_int_eq(held, holding);
}

/* Each change begins in the state that the one before it led to. */
static void
assert_log(const struct mirror *job)
{
    struct log_line *lines;
    size_t count;
    ck_ok(log_list(store, job->id, 0, 100000, true, &lines, &count, &err));
    ck_assert_uint_gt(count, 0);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(lines[i].from, i == 0 ? "" : lines[i - 1].to);
    ck_assert_str_eq(lines[count - 1].to, job_state_name(job->state));
    log_list_free(lines, count);
}

static void
try_anything(void)
{
    static enum status (*const verbs[])(struct queue *, struct store *, int64_t,
                                        struct error *) = {
        queue_cancel, queue_pause,  queue_resume,
        queue_retry,  queue_resume, queue_retry};
    int what = dice(100), worker = dice(WORKERS);
    struct mirror *job = some_job();
    if (what < 15)
        try_submit();
    else if (what < 65 && hands[worker].job != NULL)
        try_report(worker);
    else if (what < 65)
        try_lease(worker);
    else if (what < 67)
        try_zombie(worker);
    else if (what < 69)
        try_lost(worker);
    else if (what < 80)
        tick();
    else if (what < 99 && job != NULL && what < 90)
        try_verb(job, verbs[dice(ARRAY_LENGTH(verbs))]);
    else if (what < 96 && job != NULL)
        try_delete(job);
    else if (what < 99 && job != NULL)
        try_priority(job);
    else if (dice(20) == 0)
        fills = !fills;
    else if (dice(20) == 0)
        restart();
}

TEST_WITHIN(300.0, a_hundred_thousand_random_operations_end_as_a_model_says)
{
    const int64_t began = now_ms;
    set_up();
    for (int i = 0; i < OPERATIONS; i++) {
        try_anything();
        if (i % 500 == 0)
            assert_all();
    }
    assert_all();
    ck_assert_int_ge(now_ms - began, 24LL * 3600 * 1000); /* a day of leases */
    for (int i = 0; i < MOST; i++)
        if (mirrors[i].id != 0)
            assert_log(&mirrors[i]);
    for (int i = 0; i < WORKERS; i++) {
        grant_clear(&hands[i].grant);
        grant_clear(&hands[i].stale);
    }
    tear_down();
}

TEST_MAIN("queue_model")
