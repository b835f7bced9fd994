// Runs workers in several threads, which the drivers share.

#include <pthread.h>

struct team {
    void *(*work)(void *);
    char *workers;             // `count` of them, each of `bytes` bytes
    size bytes, count;
    const struct sequence *sequence;
};

static void work_in_team(void *argument)
{
    const struct team *team = argument;
    const struct sequence *s = team->sequence;
    for (size t = s->omp_get_thread_num(); t < team->count; t += s->omp_get_num_threads())
        team->work(team->workers + t * team->bytes);
}

// Runs the workers in new threads, where those of PyTorch cannot be used.
static void work_in_threads(const struct team *team)
{
    pthread_t threads[MOST_THREADS];
    int started[MOST_THREADS] = {0};
    for (size t = 1; t < team->count; t++)
        started[t] = !pthread_create(&threads[t], NULL, team->work, team->workers + t * team->bytes);
    for (size t = 0; t < team->count; t++)
        if (started[t])
            pthread_join(threads[t], NULL);
        else
            team->work(team->workers + t * team->bytes);
}

static void run_team(struct team team)
{
    if (team.sequence->GOMP_parallel && team.count > 1)
        team.sequence->GOMP_parallel(work_in_team, &team, team.count, 0);
    else
        work_in_threads(&team);
}
