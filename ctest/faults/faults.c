/*
 * Makes one event inside a call of the library fail: the test preloads this file, ctest/call.c calls
 * fault_arm() before the library's function and fault_disarm() after it. Events outside that pair
 * never fail and are not counted.
 *
 *   FAULT_KIND    alloc, write, close, rename, sync, space, open, read, thread
 *   FAULT_AT      the number of the event that fails, from 1; 0 only counts
 *   FAULT_MORE    if set, all later events fail too (a disk that stays full)
 *   FAULT_BYTES   the least size of an allocation that counts; 65536 if not set
 *   FAULT_TRACE   if set, prints the stack of the event that fails
 *   FAULT_REPORT  the file that fault_disarm() writes: one line for each call
 *
 * The line: events of the kind, how many of them failed, allocations of FAULT_BYTES or more made in
 * the call and not released, their bytes, descriptors opened in the call and not closed.
 *
 * Allocations and threads are those of the C library's functions. System calls are caught in the
 * kernel's door (seccomp), since some Rust libraries enter it without the C library.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum kind { NONE, ALLOC, WRITE, CLOSE, RENAME, SYNC, SPACE, OPEN, READ, THREAD };

static enum kind kind;
static long fail_at;
static int fail_more, trace;
static size_t least = 65536;
static atomic_int armed;
static atomic_long events, failed;
static int descriptors;

/* ---- which event fails ---- */

static void show_stack(void)
{
    void *stack[64];
    int depth;
    if (!trace)
        return;
    /* What the trace itself asks for must not fail. */
    atomic_store(&armed, 0);
    depth = backtrace(stack, 64);
    backtrace_symbols_fd(stack, depth, 2);
    atomic_store(&armed, 1);
}

static int fails(void)
{
    long n;
    if (!atomic_load(&armed))
        return 0;
    n = atomic_fetch_add(&events, 1) + 1;
    if (fail_at == 0 || n < fail_at || (n > fail_at && !fail_more))
        return 0;
    atomic_fetch_add(&failed, 1);
    show_stack();
    return 1;
}

/* ---- memory ---- */

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

/* Large blocks that a call has made. */
#define PLACES 65536
static struct block {
    void *at;
    size_t bytes;
} blocks[PLACES];
static atomic_int block_count;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void enter(void)
{
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
        ;
}

static void leave(void)
{
    atomic_flag_clear_explicit(&busy, memory_order_release);
}

static void *made(void *at, size_t bytes)
{
    int i, last;
    if (!at || bytes < least || !atomic_load(&armed))
        return at;
    enter();
    last = atomic_load(&block_count);
    for (i = 0; i < last && blocks[i].at; ++i)
        ;
    if (i < PLACES) {
        blocks[i].at = at;
        blocks[i].bytes = bytes;
        if (i == last)
            atomic_store(&block_count, last + 1);
    }
    leave();
    return at;
}

static void released(void *at)
{
    int i;
    if (!at || atomic_load(&block_count) == 0)
        return;
    enter();
    for (i = atomic_load(&block_count) - 1; i >= 0; --i) {
        if (blocks[i].at == at) {
            blocks[i].at = NULL;
            break;
        }
    }
    leave();
}

static int too_much(size_t bytes)
{
    if (bytes < least || kind != ALLOC || !fails())
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t bytes)
{
    return too_much(bytes) ? NULL : made(__libc_malloc(bytes), bytes);
}

void *calloc(size_t count, size_t each)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, each, &bytes))
        return NULL;
    return too_much(bytes) ? NULL : made(__libc_calloc(count, each), bytes);
}

void *realloc(void *old, size_t bytes)
{
    void *new;
    if (too_much(bytes))
        return NULL;
    new = __libc_realloc(old, bytes);
    if (new || bytes == 0)
        released(old);
    return made(new, bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
    return too_much(bytes) ? NULL : made(__libc_memalign(alignment, bytes), bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    void *at = memalign(alignment, bytes);
    if (!at)
        return ENOMEM;
    *out = at;
    return 0;
}

void free(void *at)
{
    released(at);
    __libc_free(at);
}

/* ---- threads ---- */

int pthread_create(pthread_t *id, const pthread_attr_t *how, void *(*work)(void *), void *with)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (kind == THREAD && fails())
        return EAGAIN;
    return real(id, how, work, with);
}

/* ---- system calls ---- */

static const struct {
    enum kind kind;
    int error;
    int calls[6];
} LISTS[] = {
    {WRITE, ENOSPC, {SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2, SYS_copy_file_range}},
    {CLOSE, EIO, {SYS_close}},
    {RENAME,
     EIO,
     {SYS_renameat2, SYS_linkat,
#ifdef SYS_rename
      SYS_rename, SYS_renameat, SYS_link
#endif
     }},
    {SYNC, EIO, {SYS_fsync, SYS_fdatasync, SYS_sync_file_range, SYS_syncfs}},
    {SPACE, ENOSPC, {SYS_fallocate, SYS_ftruncate}},
    {OPEN,
     EMFILE,
     {SYS_openat,
#ifdef SYS_open
      SYS_open
#endif
     }},
    {READ, EIO, {SYS_read, SYS_pread64, SYS_readv, SYS_preadv}},
};

/* The one place from which the filter lets a listed call pass. */
long fault_pass(long number, long a, long b, long c, long d, long e, long f);
extern const char fault_pass_end[];
#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
__asm__(".text\n"
        ".type fault_pass, @function\n"
        "fault_pass:\n"
        "  mov %rdi, %rax\n  mov %rsi, %rdi\n  mov %rdx, %rsi\n  mov %rcx, %rdx\n"
        "  mov %r8, %r10\n  mov %r9, %r8\n  mov 8(%rsp), %r9\n"
        "  syscall\n"
        "fault_pass_end:\n"
        "  ret\n");
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
__asm__(".text\n"
        ".type fault_pass, %function\n"
        "fault_pass:\n"
        "  mov x8, x0\n  mov x0, x1\n  mov x1, x2\n  mov x2, x3\n  mov x3, x4\n"
        "  mov x4, x5\n  mov x5, x6\n"
        "  svc #0\n"
        "fault_pass_end:\n"
        "  ret\n");
#else
#error "fault injection knows x86_64 and aarch64"
#endif

/* Whether a file is one of the call's own: not a pipe or a socket that threads wake each other by. A
 * close counts of files that were open for writing: the others have nothing to lose. */
static int own(long descriptor)
{
    char link[64], name[16];
    long length, flags;
    if (kind == RENAME || kind == OPEN)
        return 1;
    if (kind == CLOSE) {
        flags = fault_pass(SYS_fcntl, descriptor, F_GETFL, 0, 0, 0, 0);
        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
            return 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%ld", descriptor);
    length = fault_pass(SYS_readlinkat, AT_FDCWD, (long)link, (long)name, sizeof name, 0, 0);
    return length > 0 && name[0] == '/';
}

static void caught(int signal, siginfo_t *info, void *context)
{
    ucontext_t *u = context;
    long number = info->si_syscall, result, a[6];
    size_t i;
    (void)signal;
#if defined(__x86_64__)
    greg_t *r = u->uc_mcontext.gregs;
    a[0] = r[REG_RDI], a[1] = r[REG_RSI], a[2] = r[REG_RDX];
    a[3] = r[REG_R10], a[4] = r[REG_R8], a[5] = r[REG_R9];
#else
    for (i = 0; i < 6; ++i)
        a[i] = (long)u->uc_mcontext.regs[i];
#endif
    if (atomic_load(&armed) && own(a[0]) && fails()) {
        /* A close that fails has closed all the same. */
        if (kind == CLOSE)
            fault_pass(number, a[0], 0, 0, 0, 0, 0);
        for (i = 0; LISTS[i].kind != kind; ++i)
            ;
        result = -LISTS[i].error;
    } else {
        result = fault_pass(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
#if defined(__x86_64__)
    r[REG_RAX] = result;
#else
    u->uc_mcontext.regs[0] = (unsigned long)result;
#endif
}

static void catch_calls(void)
{
    struct sock_filter code[24];
    struct sock_fprog program = {0, code};
    struct sigaction action;
    uintptr_t pass = (uintptr_t)fault_pass_end;
    const int *calls = NULL;
    unsigned short n = 0, count = 0, i;
    for (i = 0; i < sizeof LISTS / sizeof LISTS[0]; ++i)
        if (LISTS[i].kind == kind)
            calls = LISTS[i].calls;
    if (!calls)
        return;
    while (count < 6 && (count == 0 || calls[count]))
        ++count;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = caught;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
    sigaction(SIGSYS, &action, NULL);
#define ADD(...) code[n++] = (struct sock_filter)__VA_ARGS__
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
    for (i = 0; i < count; ++i)
        ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], (unsigned char)(count - i), 0));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)pass, 0, 3));
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(pass >> 32), 0, 1));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
    program.len = n;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        fprintf(stderr, "faults: no system call filter: %s\n", strerror(errno));
        exit(77);
    }
}

/* ---- what the test and ctest/call.c use ---- */

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    if (!folder)
        return 0;
    while (readdir(folder))
        ++count;
    closedir(folder);
    return count;
}

void fault_arm(void)
{
    atomic_store(&events, 0);
    atomic_store(&failed, 0);
    descriptors = open_descriptors();
    atomic_store(&armed, 1);
}

void fault_disarm(void)
{
    const char *report = getenv("FAULT_REPORT");
    size_t bytes = 0;
    int i, left = 0;
    FILE *out;
    atomic_store(&armed, 0);
    for (i = 0; i < atomic_load(&block_count); ++i) {
        if (blocks[i].at) {
            ++left;
            bytes += blocks[i].bytes;
            if (trace)
                fprintf(stderr, "left: %zu bytes\n", blocks[i].bytes);
        }
    }
    atomic_store(&block_count, 0);
    memset(blocks, 0, sizeof blocks);
    /* A thread that has done its work may be about to end. */
    for (i = 0; i < 50 && open_descriptors() != descriptors; ++i)
        usleep(2000);
    descriptors = open_descriptors() - descriptors;
    out = report ? fopen(report, "a") : NULL;
    if (!out)
        return;
    fprintf(out, "%ld %ld %d %zu %d\n", atomic_load(&events), atomic_load(&failed), left, bytes,
            descriptors);
    fclose(out);
}

__attribute__((constructor)) static void begin(void)
{
    static const char *const NAMES[] = {"", "alloc", "write", "close", "rename", "sync", "space",
                                        "open", "read", "thread"};
    const char *name = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"), *bytes = getenv("FAULT_BYTES");
    void *stack[2];
    size_t i;
    for (i = 1; name && i < sizeof NAMES / sizeof NAMES[0]; ++i)
        if (strcmp(name, NAMES[i]) == 0)
            kind = (enum kind)i;
    fail_at = at ? atol(at) : 0;
    fail_more = getenv("FAULT_MORE") != NULL;
    trace = getenv("FAULT_TRACE") != NULL;
    if (bytes)
        least = (size_t)atol(bytes);
    /* Loads what traces need. */
    backtrace(stack, 2);
    catch_calls();
}
