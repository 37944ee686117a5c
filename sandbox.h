/*
 * sandbox: what the process gives up.  The same names on every system; each
 * does what its system has, and no more than that is promised where a kernel
 * is older.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * For a server, before it accepts: no core dumps, no tracing, no new
 * privileges.  Its children do the rest.
 */
void	sandbox_server(void);

/*
 * Before the first byte of the network is read: no core dumps, no tracing, no
 * new processes, no new privileges, bounded memory, files and CPU time (a
 * little more than seconds, the connection's deadline); and of the file system
 * nothing but reading the open directory dirfd (-1: not even that), whose path
 * is given for unveil(2).  libraries: the directory of the system libraries may
 * still be read, for libsystemd is loaded when there is something to log.
 * Best effort: there is nothing to be done where the kernel refuses.
 */
void	sandbox_enter(int dirfd, const char *path, int libraries, int seconds);

/* After the pair has been read: not even the directory. */
void	sandbox_no_files(int libraries);

#endif
