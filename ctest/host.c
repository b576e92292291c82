/*
 * What a call does to the process of its caller: nothing.        host FIELD
 *
 * Signals, floating-point state, pthread_cancel and threads that cannot be started, each as the caller
 * has them before a call and finds them after it; the outputs are the same whatever they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "montage.h"

static char images[1024], pairs[1024], table[1024], hdr[1024], tile[1024];

static void check(int good, const char *what)
{
    if (good)
        return;
    printf("wrong: %s\n", what);
    fflush(stdout);
    _exit(1);
}

/* ---- threads that cannot be started ---- */

static int threads_left = -1; /* how many more may be started; -1: as many as are wanted */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *with)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (threads_left == 0)
        return EAGAIN;
    if (threads_left > 0)
        --threads_left;
    return real(thread, attributes, run, with);
}

/* ---- calls ---- */

/* Reprojects a tile and fits the differences of all pairs, into files that end in `name`. */
static void work(const char *name)
{
    char out[64], dir[64];
    struct mProjectReturn *projected;
    struct mDiffFitExecReturn *fitted;
    snprintf(out, sizeof out, "projected_%s.fits", name);
    projected = mProject(tile, out, hdr, 0, NULL, 1, 0, "1", 1, 1, 0, 0, 0, 0);
    check(projected && projected->status == 0, "mProject");
    free(projected);
    snprintf(out, sizeof out, "fits_%s.tbl", name);
    snprintf(dir, sizeof dir, "diffs_%s", name);
    mkdir(dir, 0777);
    fitted = mDiffFitExec(images, pairs, hdr, dir, out, 1, 0, 0, 0);
    check(fitted && fitted->status == 0 && fitted->fit_failed == 0, "mDiffFitExec");
    free(fitted);
}

static char *bytes_of(const char *name, size_t *length)
{
    static char memory[2][1 << 20];
    static int which;
    char *bytes = memory[which = !which];
    FILE *file = fopen(name, "rb");
    check(file != NULL, name);
    *length = fread(bytes, 1, sizeof memory[0], file);
    fclose(file);
    check(*length > 0 && *length < sizeof memory[0], name);
    return bytes;
}

static void same_as_reference(const char *name)
{
    static const char *const parts[] = {"projected_%s.fits", "projected_%s_area.fits", "fits_%s.tbl"};
    char one[64], other[64];
    size_t i, length, other_length;
    for (i = 0; i < sizeof parts / sizeof *parts; ++i) {
        char *bytes, *other_bytes;
        snprintf(one, sizeof one, parts[i], "reference");
        snprintf(other, sizeof other, parts[i], name);
        bytes = bytes_of(one, &length);
        other_bytes = bytes_of(other, &other_length);
        check(length == other_length && memcmp(bytes, other_bytes, length) == 0, other);
    }
}

/* ---- floating point ---- */

static void floating_point(void)
{
    const int traps = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT;
    fexcept_t flags, flags_after;
    int rounding, enabled;
    unsigned csr = 0, csr_after = 0;
    char *why;
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(FE_DIVBYZERO); /* a flag that the caller has raised, and four that it has not */
    fesetround(FE_UPWARD);
    feenableexcept(traps & ~FE_DIVBYZERO);
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040); /* denormals are zero and flushed to zero */
    csr = _mm_getcsr();
#endif
    fegetexceptflag(&flags, FE_ALL_EXCEPT);
    montage_setThreads(1);
    work("traps1");
    montage_setThreads(3);
    work("traps3");
    why = montage_checkHdr(tile, 0, 0);
    fegetexceptflag(&flags_after, FE_ALL_EXCEPT);
    rounding = fegetround();
    enabled = fegetexcept();
#if defined(__x86_64__)
    csr_after = _mm_getcsr();
#endif
    fesetenv(FE_DFL_ENV);
    check(why == NULL, "montage_checkHdr");
    check(memcmp(&flags, &flags_after, sizeof flags) == 0, "exception flags");
    check(rounding == FE_UPWARD, "rounding mode");
    check(enabled == (traps & ~FE_DIVBYZERO), "traps");
    check(csr == csr_after, "denormals");
    same_as_reference("traps1");
    same_as_reference("traps3");
    printf("floating point: as before\n");
}

/* ---- signals ---- */

static volatile sig_atomic_t handled;

static void handle(int signal)
{
    (void)signal;
    ++handled;
}

static int pending(int signal)
{
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, signal);
}

/* The mask of this thread and what is pending is what it was before the call. */
static void untouched(const sigset_t *before, int was_pending, int signal)
{
    sigset_t now;
    int i;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    for (i = 1; i < 32; ++i)
        check(sigismember(before, i) == sigismember(&now, i), "signal mask");
    check(pending(signal) == was_pending, "pending signals");
}

static void file_too_large(int threads)
{
    struct rlimit before, limit;
    struct mProjectReturn *projected;
    struct mDiffExecReturn *diffs;
    sigset_t mask;
    int was_pending = pending(SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    montage_setThreads(threads);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 4000;
    setrlimit(RLIMIT_FSIZE, &limit);
    projected = mProject(tile, "large.fits", hdr, 0, NULL, 1, 0, "1", 1, 1, 0, 0, 0, 0);
    untouched(&mask, was_pending, SIGXFSZ);
    mkdir("large", 0777);
    diffs = mDiffExec(images, pairs, hdr, "large", 0, 0);
    untouched(&mask, was_pending, SIGXFSZ);
    setrlimit(RLIMIT_FSIZE, &before);
    check(projected->status == 1 && strstr(projected->msg, "large.fits: File too large"), "EFBIG");
    check(diffs->status == 1 && strstr(diffs->msg, "File too large"), "EFBIG ends mDiffExec");
    check(access("large.fits", F_OK) != 0, "no output");
    check(rmdir("large") == 0, "no output, nor a temporary file");
    free(projected);
    free(diffs);
}

static void broken_pipe(void)
{
    struct mGetHdrReturn *header;
    sigset_t mask;
    char name[64];
    int ends[2], was_pending = pending(SIGPIPE);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    check(pipe(ends) == 0, "pipe");
    close(ends[0]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
    header = mGetHdr(tile, name, 0, 0, 0);
    untouched(&mask, was_pending, SIGPIPE);
    check(header->status == 1 && strstr(header->msg, "Broken pipe"), "EPIPE");
    free(header);
    close(ends[1]);
}

static void signals(void)
{
    static const int of_writes[] = {SIGXFSZ, SIGPIPE};
    const struct timespec now = {0, 0};
    sigset_t set, before;
    int i;
    /* As a process has them that does not care: each would end it. */
    file_too_large(1);
    file_too_large(3);
    broken_pipe();
    /* A handler of the caller is not called for our writes. */
    for (i = 0; i < 2; ++i)
        signal(of_writes[i], handle);
    file_too_large(3);
    broken_pipe();
    check(handled == 0, "handler called");
    for (i = 0; i < 2; ++i)
        signal(of_writes[i], SIG_IGN);
    file_too_large(1);
    broken_pipe();
    /* One that was pending before the call still is. */
    sigemptyset(&set);
    for (i = 0; i < 2; ++i) {
        signal(of_writes[i], handle);
        sigaddset(&set, of_writes[i]);
    }
    pthread_sigmask(SIG_BLOCK, &set, &before);
    raise(SIGXFSZ);
    raise(SIGPIPE);
    file_too_large(3);
    broken_pipe();
    check(sigtimedwait(&set, NULL, &now) > 0 && sigtimedwait(&set, NULL, &now) > 0, "both pending");
    check(sigtimedwait(&set, NULL, &now) < 0, "no other pending");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    check(handled == 0, "handler called");
    for (i = 0; i < 2; ++i)
        signal(of_writes[i], SIG_DFL);
    printf("signals: errors of the call\n");
}

/* ---- what others send, and the caller's own code inside a call ---- */

static int send_from_outside(int64_t done, int64_t total, void *user)
{
    pid_t child;
    int status;
    (void)total;
    if (done != 1)
        return 0;
    /* The callback has the caller's own state. */
    check(fegetround() == FE_DOWNWARD, "rounding mode of a callback");
    child = fork();
    if (child == 0) {
        kill(getppid(), SIGPIPE);
        _exit(0);
    }
    waitpid(child, &status, 0);
    *(int *)user = handled;
    return 0;
}

static void others(void)
{
    struct mDiffFitExecReturn *fitted;
    int in_callback = -1, blocked;
    signal(SIGPIPE, handle);
    fesetround(FE_DOWNWARD);
    for (blocked = 0; blocked < 2; ++blocked) {
        sigset_t set, before;
        sigemptyset(&set);
        if (blocked)
            sigaddset(&set, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &set, &before);
        handled = 0;
        montage_setProgress(send_from_outside, &in_callback);
        fitted = mDiffFitExec(images, pairs, hdr, "diffs_reference", "others.tbl", 0, 0, 0, 0);
        montage_setProgress(NULL, NULL);
        check(fitted->status == 0, fitted->msg);
        free(fitted);
        check(in_callback == !blocked && handled == !blocked, "delivered in the callback");
        check(pending(SIGPIPE) == blocked, "or pending where the caller blocks it");
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        check(handled == 1, "delivered when the caller lets it");
    }
    check(fegetround() == FE_DOWNWARD, "rounding mode");
    fesetround(FE_TONEAREST);
    signal(SIGPIPE, SIG_DFL);
    printf("signals of others: delivered\n");
}

/* ---- pthread_cancel ---- */

static volatile int returned;

static int cancel_me(int64_t done, int64_t total, void *user)
{
    (void)total;
    (void)user;
    if (done == 1)
        pthread_cancel(pthread_self());
    pthread_testcancel();
    return 0;
}

static void *cancelled(void *unused)
{
    int state;
    (void)unused;
    work("cancelled");
    returned = 1;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    check(state == PTHREAD_CANCEL_ENABLE, "cancel state");
    pthread_testcancel();
    returned = 2;
    return NULL;
}

static void cancelling(void)
{
    pthread_t thread;
    void *result;
    int threads;
    for (threads = 1; threads <= 3; threads += 2) {
        returned = 0;
        montage_setThreads(threads);
        montage_setProgress(cancel_me, NULL);
        check(pthread_create(&thread, NULL, cancelled, NULL) == 0, "thread");
        pthread_join(thread, &result);
        montage_setProgress(NULL, NULL);
        check(returned == 1 && result == PTHREAD_CANCELED, "cancelled after the call, not before");
        same_as_reference("cancelled");
    }
    printf("pthread_cancel: waits for the call\n");
}

static void few_threads(void)
{
    int left;
    montage_setThreads(7);
    for (left = 0; left <= 5; ++left) {
        threads_left = left;
        work("few");
        threads_left = -1;
        same_as_reference("few");
    }
    printf("threads: as many as there are\n");
}

static void durable(void)
{
    montage_setDurable(1);
    work("durable");
    montage_setDurable(0);
    same_as_reference("durable");
    printf("durable: the same files\n");
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    snprintf(images, sizeof images, "%s/images", argv[1]);
    snprintf(pairs, sizeof pairs, "%s/pairs.tbl", argv[1]);
    snprintf(table, sizeof table, "%s/images.tbl", argv[1]);
    snprintf(hdr, sizeof hdr, "%s/region.hdr", argv[1]);
    snprintf(tile, sizeof tile, "%s/images/tile_0.fits", argv[1]);
    montage_setThreads(2);
    work("reference");
    floating_point();
    signals();
    others();
    cancelling();
    few_threads();
    durable();
    return 0;
}
