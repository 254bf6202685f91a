/* tests/fuzz/replay.c - feeds saved inputs to a fuzz target, without a fuzzer.
 *
 * So every compiler and sanitizer sees the corpus in each test run.  Each regular file below
 * the arguments is one input, in a block of exactly its size, so that a read behind its end
 * is noticed; a small one is also fed cut short at every length, as a packet may be. */
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PREFIXES_MAX_BYTES 512 /* of files up to this size every prefix is fed */
#define INPUT_MAX_BYTES (16 << 20)
#define OPEN_FOLDERS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* nftw() passes no context. */
static struct {
    size_t files, inputs;
} fed;

static int feed(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);

    if (!exact)
        return -1;
    memcpy(exact, bytes, size);
    /* An empty input points behind its block: there is nothing to read. */
    LLVMFuzzerTestOneInput(size ? exact : exact + 1, size);
    free(exact);
    fed.inputs++;
    return 0;
}

static int feed_file(const char *path, size_t size)
{
    uint8_t *bytes = malloc(size + 1);
    FILE *file = fopen(path, "rb");
    int r = -1;

    if (!bytes || !file || fread(bytes, 1, size, file) != size) {
        perror(path);
        goto out;
    }
    for (size_t cut = size <= PREFIXES_MAX_BYTES ? 0 : size; cut <= size; cut++)
        if (feed(bytes, cut) != 0)
            goto out;
    fed.files++;
    r = 0;
out:
    if (file)
        fclose(file);
    free(bytes);
    return r;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)place;
    if (type == FTW_DNR || type == FTW_NS) {
        perror(path);
        return -1;
    }
    if (type != FTW_F || !S_ISREG(status->st_mode))
        return 0;
    if (status->st_size > INPUT_MAX_BYTES) {
        fprintf(stderr, "%s: more than %d bytes\n", path, INPUT_MAX_BYTES);
        return -1;
    }
    return feed_file(path, (size_t)status->st_size);
}

int main(int argc, char *argv[])
{
    for (int i = 1; i < argc; i++) {
        int r = nftw(argv[i], visit, OPEN_FOLDERS, FTW_PHYS);

        if (r != 0) {
            if (r < 0)
                perror(argv[i]);
            return EXIT_FAILURE;
        }
    }
    printf("%zu files, %zu inputs\n", fed.files, fed.inputs);
    return fed.files ? EXIT_SUCCESS : EXIT_FAILURE;
}
