/* stubs: pledge and unveil that say what was asked of them. */
#ifndef STUBS_H
#define STUBS_H

#define CALLS_MAX	1024

/* "unveil(path,r) pledge(stdio,NULL) ", in the order of the calls. */
extern char calls[CALLS_MAX];

/* As in a new process. */
void	stubs_reset(void);

#endif
