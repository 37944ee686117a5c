/*
 * cost FILE CMD...: run CMD on our own stdin and stdout, and append to FILE
 * what it cost: CPU in microseconds, peak memory in kB.  A small parent, for
 * a process begins with the peak memory of the one that forked it.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct rusage ru;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		errx(64, "usage: cost file command ...");
	if ((f = fopen(argv[1], "ae")) == NULL)
		err(1, "%s", argv[1]);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		execv(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	/* as a super-server: the connection is the child's alone */
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	if (wait4(pid, &status, 0, &ru) != pid)
		err(1, "wait4");
	(void)fprintf(f, "%ld %ld %d\n",
	    (long)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
	    (long)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec),
	    ru.ru_maxrss, status);
	return (fclose(f) == 0 && status == 0 ? 0 : 1);
}
