/* child.c - see child.h. */
#include "child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* In the child: dies with the parent's main thread, hears signals again. */
static void
become(pid_t parent, int out, char *const arguments[])
{
    sigset_t all;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127); /* it died before we asked to be told */
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (out >= 0)
        dup2(out, STDOUT_FILENO);
    else
        dup2(STDERR_FILENO, STDOUT_FILENO);
    execv("/proc/self/exe", arguments);
    _exit(127);
}

pid_t
child_start(int out, char *const arguments[])
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(parent, out, arguments);
    return pid;
}
