// What glibc has and Swift's Glibc module does not show.
#ifndef EBINDA_CTHREADS_SHIM_H
#define EBINDA_CTHREADS_SHIM_H

#include <pthread.h>
#include <sys/eventfd.h>

// pthread.h declares these under _GNU_SOURCE alone (pthread_setname_np(3)).
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int pthread_getname_np(pthread_t thread, char *name, size_t length);

#endif
