/* Runs teams of workers on threads that are made up and work one after the other: each worker has
   to work exactly once, however many threads there are. */

#include <stdio.h>
#include <string.h>

enum { MOST_MEMBERS = 5 };

struct worker {
    double other;
    int times; // how often it worked
};

// The threads of OpenMP, fewer than asked for perhaps.
static unsigned members, member, asked_for, flags_given;

static int thread_num(void) { return member; }
static int num_threads(void) { return members; }

static void parallel(void (*run)(void *), void *argument, unsigned count, unsigned flags)
{
    asked_for = count, flags_given = flags;
    for (member = 0; member < members; member++)
        run(argument);
}

// New threads, which work when they are waited for, and some of which cannot be had.
static struct {
    void *(*work)(void *);
    void *argument;
} threads[MOST_MEMBERS];
static unsigned refused, requests, started;

int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *argument)
{
    if (refused >> requests++ & 1)
        return -1;
    threads[started].work = work, threads[started].argument = argument;
    *thread = started++;
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    threads[thread].work(threads[thread].argument);
    return 0;
}

static void *work(void *worker)
{
    ((struct worker *)worker)->times++;
    return NULL;
}

static void expect(int is_right, const char *what, size count)
{
    if (!is_right) {
        printf("%s, of a team of %td\n", what, count);
        exit(1);
    }
}

static void run_all(size count, const struct sequence *s)
{
    struct worker workers[MOST_MEMBERS + 1] = {0};
    asked_for = requests = started = 0;
    run_team((struct team){work, (char *)workers, sizeof *workers, count, s});
    for (size t = 0; t <= MOST_MEMBERS; t++)
        expect(workers[t].times == (t < count), "a worker works too often or never", count);
}

int main(void)
{
    const struct sequence none = {0}, openmp = {
        .GOMP_parallel = parallel, .omp_get_thread_num = thread_num,
        .omp_get_num_threads = num_threads,
    };
    for (size count = 0; count <= MOST_MEMBERS; count++) {
        for (refused = 0; refused < 1 << MOST_MEMBERS; refused++) {
            run_all(count, &none);
            expect(requests == (count ? count - 1 : 0), "the caller is one of the threads", count);
        }
        for (members = 1; members <= count || members == 1; members++) {
            run_all(count, &openmp);
            expect(asked_for == (count > 1 ? count : 0), "OpenMP runs what one alone does", count);
            expect(!requests && !flags_given, "there are threads beside those of OpenMP", count);
        }
    }
    puts("done");
    return 0;
}
