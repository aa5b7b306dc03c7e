/* role.h - followd in its worker role: reads its options and hands over. */
#ifndef FOLLOWD_ROLE_H
#define FOLLOWD_ROLE_H

/* `argv[0]` is "worker". The process's exit status. */
int role_worker(int argc, char **argv);

#endif
