/*
 * Calls any function of montage.h and imphot.h as a script says, and reports what it returned.
 *
 *   call [-t THREADS] [-f FILE_BYTES] [-m MEMORY_MB] [-a SECONDS] script results
 *
 * A line of the script is a function and its arguments, separated by tabs; in a text %XX is a byte,
 * %T the number of the thread, and %N alone is NULL. A line of the results is a JSON object with every
 * member of the return struct; bytes that are no printable ASCII are written as \u00XX.
 * dispatch.h, with one caller a function, is made from montage.h by the test.
 * With ctest/faults/faults.c preloaded, events inside the library's function are made to fail.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "imphot.h"
#include "montage.h"

struct line {
    char *words[64];
    int count;
    int thread;
};

/* ---- reporting ---- */

static void put_text(FILE *out, const char *name, const char *text, size_t room)
{
    size_t i, length = strnlen(text, room);
    fprintf(out, ",\"%s\":\"", name);
    for (i = 0; i < length; ++i) {
        unsigned char c = (unsigned char)text[i];
        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
    if (length == room)
        fprintf(out, ",\"unterminated\":\"%s\"", name);
}

static void put_int(FILE *out, const char *name, int value)
{
    fprintf(out, ",\"%s\":%d", name, value);
}

static void put_real(FILE *out, const char *name, double value)
{
    if (mNaN(value))
        fprintf(out, ",\"%s\":null", name);
    else
        fprintf(out, ",\"%s\":%.17g", name, value);
}

/* ---- arguments ---- */

static void stop(const char *why, const char *what)
{
    fprintf(stderr, "call: %s: %s\n", why, what);
    exit(2);
}

static char *word(const struct line *line, int i)
{
    if (i + 1 >= line->count)
        stop("argument missing", line->words[0]);
    return line->words[i + 1];
}

/* A copy of exactly the right size, so that valgrind sees a read past its end. */
static char *unescaped(const struct line *line, const char *from)
{
    char *copy, *to;
    if (strcmp(from, "%N") == 0)
        return NULL;
    copy = to = malloc(strlen(from) * 4 + 1);
    if (!copy)
        stop("memory", "argument");
    while (*from) {
        if (*from == '%' && from[1] == 'T') {
            to += sprintf(to, "%d", line->thread);
            from += 2;
        } else if (*from == '%') {
            char hex[3] = {from[1], from[2], 0};
            *to++ = (char)strtol(hex, NULL, 16);
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    *to = 0;
    to = strdup(copy);
    free(copy);
    return to;
}

static char *text(const struct line *line, int i)
{
    return unescaped(line, word(line, i));
}

/* Texts with commas between them, in a list of exactly their number and a last NULL for
 * free_texts(), which the library is not told of. */
static char **texts(const struct line *line, int i)
{
    char *words, *rest, *next, **list;
    size_t count = 1, k;
    if (strcmp(word(line, i), "%N") == 0)
        return NULL;
    words = rest = strdup(word(line, i));
    for (k = 0; words[k]; ++k)
        count += words[k] == ',';
    list = calloc(count + 1, sizeof *list);
    if (!list)
        stop("memory", "argument");
    for (k = 0; (next = strsep(&rest, ",")) != NULL; ++k)
        list[k] = unescaped(line, next);
    free(words);
    return list;
}

static void free_texts(char **list)
{
    size_t k;
    for (k = 0; list && list[k]; ++k)
        free(list[k]);
    free(list);
}

static int integer(const struct line *line, int i)
{
    return (int)strtol(word(line, i), NULL, 10);
}

static double real(const struct line *line, int i)
{
    return strtod(word(line, i), NULL);
}

/* Numbers with commas between them, in a place of exactly their size. */
static double *reals(const struct line *line, int i)
{
    const char *from = word(line, i);
    double *numbers;
    size_t count = 1, k;
    char *end;
    if (strcmp(from, "%N") == 0)
        return NULL;
    for (k = 0; from[k]; ++k)
        count += from[k] == ',';
    numbers = malloc(count * sizeof *numbers);
    if (!numbers)
        stop("memory", "argument");
    for (k = 0; k < count; ++k) {
        numbers[k] = strtod(from, &end);
        from = *end ? end + 1 : end;
    }
    return numbers;
}

/* ---- fault injection: around the library's function and nothing else ---- */

static void (*fault_arm)(void), (*fault_disarm)(void);

static void find_faults(void)
{
    *(void **)&fault_arm = dlsym(RTLD_DEFAULT, "fault_arm");
    *(void **)&fault_disarm = dlsym(RTLD_DEFAULT, "fault_disarm");
}

static void before(void)
{
    if (fault_arm)
        fault_arm();
}

static void after(void)
{
    if (fault_disarm)
        fault_disarm();
}

/* static void call_mX(const struct line *, FILE *) for every function, and the table `callers`. */
#include "dispatch.h"

static void call(const struct line *line, FILE *out)
{
    size_t i;
    for (i = 0; i < sizeof callers / sizeof callers[0]; ++i) {
        if (strcmp(callers[i].name, line->words[0]) == 0) {
            fprintf(out, "{\"function\":\"%s\"", line->words[0]);
            callers[i].call(line, out);
            fprintf(out, "}\n");
            fflush(out);
            return;
        }
    }
    stop("no such function", line->words[0]);
}

/* ---- the script ---- */

static struct line *script;
static int script_lines;
static pthread_barrier_t start;

static void read_script(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    if (!file)
        stop("cannot read", path);
    while ((length = getline(&text, &room, file)) > 0) {
        char *rest = text, *part;
        struct line *line;
        if (text[length - 1] == '\n')
            text[length - 1] = 0;
        script = realloc(script, (size_t)(script_lines + 1) * sizeof *script);
        if (!script)
            stop("memory", path);
        line = &script[script_lines++];
        memset(line, 0, sizeof *line);
        while ((part = strsep(&rest, "\t")) != NULL && line->count < 64)
            line->words[line->count++] = strdup(part);
    }
    free(text);
    fclose(file);
}

static void free_script(void)
{
    int i, k;
    for (i = 0; i < script_lines; ++i)
        for (k = 0; k < script[i].count; ++k)
            free(script[i].words[k]);
    free(script);
}

struct worker {
    pthread_t id;
    int number;
    char *results;
    size_t length;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    FILE *out = open_memstream(&worker->results, &worker->length);
    int i;
    if (!out)
        stop("memory", "results");
    pthread_barrier_wait(&start);
    for (i = 0; i < script_lines; ++i) {
        struct line line = script[i];
        line.thread = worker->number;
        call(&line, out);
    }
    fclose(out);
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = 0, option, i;
    long file_bytes = -1;
    struct rlimit limit;
    FILE *out;
    while ((option = getopt(argc, argv, "t:f:m:a:")) != -1) {
        switch (option) {
        case 't':
            threads = atoi(optarg);
            break;
        case 'a':
            alarm((unsigned)atoi(optarg));
            break;
        case 'f':
            file_bytes = atol(optarg);
            break;
        case 'm':
            limit.rlim_cur = limit.rlim_max = (rlim_t)atol(optarg) << 20;
            setrlimit(RLIMIT_AS, &limit);
            break;
        default:
            stop("usage", "call [-t threads] [-f bytes] [-m MB] [-a seconds] script results");
        }
    }
    if (optind + 2 != argc)
        stop("usage", "call [options] script results");
    find_faults();
    read_script(argv[optind]);
    out = fopen(argv[optind + 1], "w");
    if (!out)
        stop("cannot write", argv[optind + 1]);
    if (threads) {
        struct worker *workers = calloc((size_t)threads, sizeof *workers);
        if (!workers)
            stop("memory", "workers");
        pthread_barrier_init(&start, NULL, (unsigned)threads);
        for (i = 0; i < threads; ++i) {
            workers[i].number = i;
            if (pthread_create(&workers[i].id, NULL, work, &workers[i]) != 0)
                stop("cannot start", "thread");
        }
        for (i = 0; i < threads; ++i) {
            pthread_join(workers[i].id, NULL);
            fwrite(workers[i].results, 1, workers[i].length, out);
            free(workers[i].results);
        }
        pthread_barrier_destroy(&start);
        free(workers);
    } else if (file_bytes >= 0) {
        /* As on a full disk: writes past this size fail. The results are written after it. */
        struct worker alone = {0};
        struct rlimit before;
        getrlimit(RLIMIT_FSIZE, &before);
        limit = before;
        limit.rlim_cur = (rlim_t)file_bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
        pthread_barrier_init(&start, NULL, 1);
        work(&alone);
        pthread_barrier_destroy(&start);
        setrlimit(RLIMIT_FSIZE, &before);
        fwrite(alone.results, 1, alone.length, out);
        free(alone.results);
    } else {
        for (i = 0; i < script_lines; ++i)
            call(&script[i], out);
    }
    fclose(out);
    free_script();
    return 0;
}
