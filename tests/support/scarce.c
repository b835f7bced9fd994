/* Memory that there may not be enough of. The program is linked with `--wrap`, so that these
   functions are called in the place of those without `__wrap_`. */

static _Atomic int before = -1; // how many requests there are before the one that is refused
static _Atomic int is_refused;

void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__real_calloc(size_t count, size_t bytes);

static int is_granted(void)
{
    if (before-- != 0)
        return 1;
    is_refused = 1;
    return 0;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    void *granted = is_granted() ? __real_aligned_alloc(alignment, bytes) : NULL;
    return granted ? memset(granted, 0xff, bytes) : NULL; // no numbers, unless they are set
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return count && is_granted() ? __real_calloc(count, bytes) : NULL; // C allows NULL for nothing
}

// Runs one direction once for each of its requests for memory, which alone is refused; exits if it
// does not return whether there was enough.
static void run_short_of_memory(__typeof__(forward) *direction, struct sequence *s)
{
    int done = 0;
    for (int requests = 0; !done; requests++) {
        before = requests;
        is_refused = 0;
        done = direction(s);
        if (done == is_refused)
            exit(1);
    }
    before = -1;
}

