/*
 * Fails file calls of the process that it is preloaded into (LD_PRELOAD), as the kernel would: so
 * that what RocksDB makes of a failing device is seen, and not what a test believes it would make.
 *
 * The environment variable SPOOL_TEST_FAULTS names a file of rules, read again at each call; a rule
 * is a line: CALL PART ERRNO. A call on a path in which PART occurs fails with ERRNO, and has done
 * nothing; if ERRNO is 0, it is held for as long as the rule stands. Calls are open (to write), openread, read, write,
 * sync, rename and unlink. Each call that has failed or is held is a line of the file SPOOL_TEST_HITS.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static void hit(const char *call, const char *path) {
  char line[4200];
  const char *hits = getenv("SPOOL_TEST_HITS");
  int length = snprintf(line, sizeof line, "%s %s\n", call, path);
  int fd = hits ? syscall(SYS_openat, AT_FDCWD, hits, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
  if (fd >= 0) {
    syscall(SYS_write, fd, line, (size_t) length);
    syscall(SYS_close, fd);
  }
}

/* Returns the ERRNO of the rule for a call; -1 if there is none. */
static int rule(const char *call, const char *path) {
  char text[4096];
  const char *rules = getenv("SPOOL_TEST_FAULTS");
  int before = errno;
  int fd = rules ? syscall(SYS_openat, AT_FDCWD, rules, O_RDONLY) : -1;
  ssize_t length = fd < 0 ? 0 : syscall(SYS_read, fd, text, sizeof text - 1);
  if (fd >= 0) {
    syscall(SYS_close, fd);
  }
  text[length > 0 ? length : 0] = 0;
  errno = before;
  char *rest = NULL;
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    char name[16];
    char part[256];
    int code;
    if (sscanf(line, "%15s %255s %d", name, part, &code) == 3 && !strcmp(name, call)
        && strstr(path, part)) {
      return code;
    }
  }
  return -1;
}

/* Tells whether a call is to fail: sets errno then. Holds it first if it is to be held. */
static int fails(const char *call, const char *path) {
  int code = rule(call, path);
  if (code >= 0) {
    hit(call, path);
  }
  while (code == 0) {
    usleep(1000);
    code = rule(call, path);
  }
  if (code < 0) {
    return 0;
  }
  errno = code;
  return 1;
}

static int fails_fd(const char *call, int fd) {
  char name[64];
  char path[4096];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(name, path, sizeof path - 1);
  if (length < 0) {
    return 0;
  }
  path[length] = 0;
  return fails(call, path);
}

#define NEXT(type, name) ((type) dlsym(RTLD_NEXT, name))
#define TO_WRITE (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

#define OPEN(name)                                                        \
  int name(const char *path, int flags, ...) {                            \
    va_list rest;                                                         \
    va_start(rest, flags);                                                \
    mode_t mode = (flags & O_CREAT) ? va_arg(rest, mode_t) : 0;            \
    va_end(rest);                                                         \
    if (fails((flags & TO_WRITE) ? "open" : "openread", path)) {          \
      return -1;                                                          \
    }                                                                     \
    return NEXT(int (*)(const char *, int, ...), #name)(path, flags, mode); \
  }

OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *bytes, size_t count) {
  return fails_fd("write", fd)
             ? -1
             : NEXT(ssize_t (*)(int, const void *, size_t), "write")(fd, bytes, count);
}

#define PWRITE(name)                                                              \
  ssize_t name(int fd, const void *bytes, size_t count, off64_t at) {             \
    return fails_fd("write", fd)                                                  \
               ? -1                                                               \
               : NEXT(ssize_t (*)(int, const void *, size_t, off64_t), #name)(    \
                     fd, bytes, count, at);                                       \
  }

PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t read(int fd, void *bytes, size_t count) {
  return fails_fd("read", fd) ? -1
                              : NEXT(ssize_t (*)(int, void *, size_t), "read")(fd, bytes, count);
}

#define PREAD(name)                                                                     \
  ssize_t name(int fd, void *bytes, size_t count, off64_t at) {                         \
    return fails_fd("read", fd)                                                         \
               ? -1                                                                     \
               : NEXT(ssize_t (*)(int, void *, size_t, off64_t), #name)(fd, bytes, count, at); \
  }

PREAD(pread)
PREAD(pread64)

#undef fread_unlocked
size_t fread_unlocked(void *bytes, size_t size, size_t count, FILE *file) {
  return fails_fd("read", fileno(file))
             ? 0
             : NEXT(size_t (*)(void *, size_t, size_t, FILE *), "fread_unlocked")(
                   bytes, size, count, file);
}

#define SYNC(name)                                                                \
  int name(int fd) {                                                              \
    return fails_fd("sync", fd) ? -1 : NEXT(int (*)(int), #name)(fd);             \
  }

SYNC(fsync)
SYNC(fdatasync)

int rename(const char *from, const char *to) {
  return fails("rename", from) ? -1 : NEXT(int (*)(const char *, const char *), "rename")(from, to);
}

int unlink(const char *path) {
  return fails("unlink", path) ? -1 : NEXT(int (*)(const char *), "unlink")(path);
}
