/* sandbox_calls.c - the wall around system calls (seccomp(2)): those below fail
 * with EPERM, whoever makes them, or with ENOSYS where another way must be
 * tried. All others are left to drivers. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "sandbox.h"

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* clang-format off */
/* The system: its names, clocks, modules, mounts, and other namespaces. */
static const char *const refused[] = {
    "acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime",
    "clock_settime", "delete_module", "finit_module", "fsconfig", "fsmount",
    "fsopen", "fspick", "init_module", "ioperm", "iopl", "kexec_file_load",
    "kexec_load", "keyctl", "lookup_dcookie", "mknod", "mknodat", "mount",
    "mount_setattr", "move_mount", "nfsservctl", "open_by_handle_at",
    "open_tree", "perf_event_open", "pivot_root", "quotactl", "quotactl_fd",
    "reboot", "request_key", "setdomainname", "sethostname", "setns",
    "settimeofday", "swapoff", "swapon", "syslog", "umount", "umount2",
    "unshare", "userfaultfd", "vhangup",
    /* other processes */
    "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "process_madvise",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "tkill",
    /* a way around every filter of calls */
    "io_uring_enter", "io_uring_register", "io_uring_setup",
};
/* clang-format on */

#define NEW_NAMESPACES                                                         \
    (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS |             \
     CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)
#define WORD 0xffffffffUL /* of a register, that the kernel looks at */

/* Refuses `name`, or where `count` is 1 what it is asked with `argument`. */
static bool
refuse(scmp_filter_ctx filter, const char *name, unsigned int count,
       struct scmp_arg_cmp argument)
{
    const int call = seccomp_syscall_resolve_name(name);
    return call < 0 || /* other machines have other calls */
           seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, count,
                                  &argument) == 0;
}

static bool
refuse_if(scmp_filter_ctx filter, const char *name,
          struct scmp_arg_cmp argument)
{
    return refuse(filter, name, 1, argument);
}

/* Drivers talk to helpers of theirs (AF_UNIX) and hear of new devices
 * (AF_NETLINK); all else is a network. */
static bool
refuse_network(scmp_filter_ctx filter)
{
    bool fine =
        refuse_if(filter, "socket", SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
    for (scmp_datum_t family = 0; fine && family < AF_NETLINK; family++)
        if (family != AF_UNIX)
            fine = refuse_if(filter, "socket", SCMP_A0(SCMP_CMP_EQ, family, 0));
    return fine;
}

/* Signals reach this process alone, and so do its limits. */
static bool
refuse_others(scmp_filter_ctx filter)
{
    const scmp_datum_t self = (scmp_datum_t)getpid();
    return refuse_if(filter, "kill", SCMP_A0(SCMP_CMP_NE, self, 0)) &&
           refuse_if(filter, "tgkill", SCMP_A0(SCMP_CMP_NE, self, 0)) &&
           refuse_if(filter, "prlimit64", SCMP_A0(SCMP_CMP_NE, 0, 0)) &&
           refuse_if(filter, "fcntl",
                     SCMP_A1(SCMP_CMP_MASKED_EQ, WORD, F_SETOWN)) &&
           refuse_if(filter, "fcntl",
                     SCMP_A1(SCMP_CMP_MASKED_EQ, WORD, F_SETOWN_EX));
}

/* Keys that nobody has pressed; and namespaces, which clone3() has where no
 * filter sees them: the C library then takes clone(). */
static bool
refuse_ways_out(scmp_filter_ctx filter)
{
    bool fine = refuse_if(filter, "ioctl",
                          SCMP_A1(SCMP_CMP_MASKED_EQ, WORD, TIOCSTI)) &&
                refuse_if(filter, "ioctl",
                          SCMP_A1(SCMP_CMP_MASKED_EQ, WORD, TIOCLINUX)) &&
                seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
                                 SCMP_SYS(clone3), 0) == 0;
    for (unsigned long flag = 1; flag <= WORD && fine; flag <<= 1)
        if (flag & NEW_NAMESPACES)
            fine = refuse_if(filter, "clone",
                             SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
    return fine;
}

enum status
sandbox_calls(struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool fine = filter != NULL;
    for (size_t i = 0; fine && i < ARRAY_LENGTH(refused); i++)
        fine = refuse(filter, refused[i], 0, SCMP_A0(SCMP_CMP_EQ, 0, 0));
    fine = fine && refuse_network(filter) && refuse_others(filter) &&
           refuse_ways_out(filter);
    const int code = fine ? seccomp_load(filter) : 0;
    if (filter)
        seccomp_release(filter);
    if (!fine)
        return error_set(err, FAILED, "no filter of system calls is made");
    if (code)
        return error_set(err, UNAVAILABLE, "the kernel takes no filter: %s",
                         strerror(-code));
    return OK;
}

#else

enum status
sandbox_calls(struct error *err)
{
    return error_set(err, UNAVAILABLE, "built without libseccomp");
}

#endif
