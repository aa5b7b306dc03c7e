/* care.c - `followd check` and `followd backup FILE`: what an owner of a state
 * folder does beside the daemon, which may run meanwhile. */
#include "care.h"

#include "options.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

static enum status
look(const struct options *options, struct store **out, struct error *err)
{
    char path[4200];
    snprintf(path, sizeof(path), "%s/follow.db", options->value[OPTION_STATE]);
    return store_look(path, out, err);
}

static void
show(void *context, const char *text)
{
    int *count = context;
    printf("%s\n", text);
    ++*count;
}

static enum status
check(struct store *store, const char *file, int *count, struct error *err)
{
    (void)file;
    enum status status = store_check(store, show, count, err);
    if (status == OK && *count == 0)
        printf("all is whole\n");
    return status;
}

static enum status
backup(struct store *store, const char *file, int *count, struct error *err)
{
    (void)count;
    return store_backup(store, file, err);
}

static const struct care {
    const char *name;
    bool takes_file;
    enum status (*take)(struct store *, const char *file, int *count,
                        struct error *);
} cares[] = {{"check", false, check}, {"backup", true, backup}};

static int
care_run(const struct care *care, int argc, char **argv)
{
    struct options options;
    struct error err = {0};
    struct store *store = NULL;
    const char *file = care->takes_file && argc > 1 ? argv[1] : NULL;
    int code = EXIT_SUCCESS, count = 0;
    if (care->takes_file && (file == NULL || file[0] == '-')) {
        fprintf(stderr, "followd: followd %s needs a file\n", care->name);
        return EXIT_USAGE;
    }
    argc -= file != NULL;
    argv += file != NULL;
    argv[0] = "followd";
    if (options_read(argc, argv, &options, &err)) {
        code = EXIT_USAGE;
    } else if (look(&options, &store, &err) ||
               care->take(store, file, &count, &err)) {
        code = EXIT_FAILURE;
    }
    if (err.text[0] != '\0' && code != EXIT_SUCCESS)
        fprintf(stderr, "followd: %s\n", err.text);
    store_close(store);
    options_clear(&options);
    return count > 0 ? EXIT_FAILURE : code;
}

bool
care_take(int argc, char **argv, int *code)
{
    for (size_t i = 0; argc > 1 && i < ARRAY_LENGTH(cares); i++)
        if (strcmp(argv[1], cares[i].name) == 0) {
            *code = care_run(&cares[i], argc - 1, argv + 1);
            return true;
        }
    return false;
}
