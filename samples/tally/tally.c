/* tally: counts equal lines. Prints each distinct line of its input once, with how often it came, the most frequent first. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *line;
    unsigned long count;
};

static int by_line(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->line, ((const struct entry *)b)->line);
}

static int by_count(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return by_line(a, b);
}

static void fail(const char *what) {
    fprintf(stderr, "tally: %s: %s\n", what, strerror(errno));
    exit(1);
}

static size_t read_lines(FILE *input, struct entry **entries) {
    size_t count = 0, room = 0, size = 0;
    char *line = NULL;
    ssize_t length;
    while ((length = getline(&line, &size, input)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (count == room && !(*entries = realloc(*entries, (room = room ? 2 * room : 64) * sizeof **entries)))
            fail("memory");
        if (!((*entries)[count].line = strdup(line)))
            fail("memory");
        (*entries)[count++].count = 1;
    }
    free(line);
    return count;
}

static size_t fold(struct entry *entries, size_t count) {
    size_t kept = 0;
    qsort(entries, count, sizeof *entries, by_line);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(entries[kept - 1].line, entries[i].line) == 0)
            entries[kept - 1].count++;
        else
            entries[kept++] = entries[i];
    }
    qsort(entries, kept, sizeof *entries, by_count);
    return kept;
}

int main(int argc, char **argv) {
    struct entry *entries = NULL;
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return puts("tally " VERSION) < 0;
    FILE *input = argc > 1 ? fopen(argv[1], "r") : stdin;
    if (!input)
        fail(argv[1]);
    size_t count = read_lines(input, &entries);
    if (ferror(input))
        fail("input");
    count = fold(entries, count);
    for (size_t i = 0; i < count; i++)
        printf("%lu\t%s\n", entries[i].count, entries[i].line);
    return fflush(stdout) == 0 ? 0 : 1;
}
