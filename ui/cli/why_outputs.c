/* `sockeye why --report` and `--bundle`: what is kept of a verdict. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/report/tar.h"
#include "core/report/why.h"
#include "core/report/why_html.h"
#include "ui/cli/why.h"

#define PAGE "report.html"
#define RECORDING "packets.pcapng"
#define EVIDENCE "why.json"
#define ROWS "rows.json"

static const char *const bundled[] = {EVIDENCE, ROWS, RECORDING, PAGE};

struct why_outputs {
    const struct why_job *job;
    int page, tar;         /* -1: not asked for */
    char folder[PATH_MAX]; /* of the bundle; of an archive it is removed again; "": none */
};

static int failed(const struct why_job *job, int code, const char *path)
{
    struct err err = {0};

    err_set(&err, code, "write", path, "%s", "");
    return cli_fail(
        job->self, cli_status_of(code) == EXIT_USAGE ? EXIT_FAILED : cli_status_of(code), &err);
}

static int create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);

    return fd < 0 ? -errno : fd;
}

static int put_whole(void *ctx, const char *bytes, size_t len)
{
    int fd = *(int *)ctx;

    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static bool is_archive(const char *path)
{
    size_t len = strlen(path);

    return len > 4 && strcmp(path + len - 4, ".tar") == 0;
}

/* --- beginning ------------------------------------------------------------------------------- */

/* One that is there is written into. */
static int make_folder(const char *path)
{
    struct stat st;

    if (mkdir(path, 0777) == 0)
        return 0;
    if (errno != EEXIST)
        return -errno;
    if (stat(path, &st) < 0)
        return -errno;
    return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int open_bundle(struct why_outputs *o, const char *path)
{
    bool archive = is_archive(path);
    size_t room = sizeof(o->folder);

    if (strlen(path) + sizeof("/" RECORDING) + 8 > room)
        return -ENAMETOOLONG;
    if (!archive) {
        snprintf(o->folder, room, "%s", path);
        return make_folder(path);
    }
    o->tar = create(path);
    if (o->tar < 0)
        return o->tar;
    snprintf(o->folder, room, "%s.XXXXXX", path);
    if (mkdtemp(o->folder))
        return 0;
    o->folder[0] = '\0';
    return -errno;
}

int why_outputs_open(const struct why_job *job, struct why_outputs **ret)
{
    struct why_outputs *o;
    int r = 0;

    *ret = NULL;
    if (!job->report && !job->bundle)
        return EXIT_DONE;
    o = mem_new(1, sizeof(*o));
    *o = (struct why_outputs){.job = job, .page = -1, .tar = -1};
    if (job->report && (o->page = create(job->report)) < 0)
        r = failed(job, o->page, job->report);
    else if (job->bundle && (r = open_bundle(o, job->bundle)) < 0)
        r = failed(job, r, job->bundle);
    if (r == EXIT_DONE)
        *ret = o;
    else
        why_outputs_close(o);
    return r;
}

/* --- the parts --------------------------------------------------------------------------------- */

struct recording {
    const struct probes *probes;
    struct capture_file *file;
    struct err err;
};

static int put_packet(void *ctx, const struct packet_facts *p)
{
    struct recording *r = ctx;

    return r->probes->capture_file_put(r->file, p, &r->err);
}

static int write_recording(const struct why_outputs *o, const struct why_record *record,
                           const struct evidence *e, bool payload, const char *path)
{
    struct recording r = {.probes = o->job->probes};
    const struct capture_file_settings settings = {.path = path, .format = CAPTURE_PCAPNG};
    int result = r.probes->capture_file_open(&settings, &r.file, &r.err);

    if (result < 0)
        return result;
    result = why_record_each(record, e, payload, put_packet, &r);
    if (result < 0) {
        r.probes->capture_file_close(r.file, NULL);
        return result;
    }
    return r.probes->capture_file_close(r.file, &r.err);
}

static int write_page(int fd, const struct why_record *record, const struct evidence *e,
                      const struct verdict *v, const char *recording)
{
    struct ladder *l = why_record_ladder(record, e);
    const char *name = strrchr(recording, '/');
    int r = why_html(e, v, l, name ? name + 1 : recording, put_whole, &fd);

    ladder_free(l);
    return r;
}

static int write_json(const char *path, cJSON *document)
{
    char *text = cJSON_Print(document);
    int fd = create(path), r = fd < 0 ? fd : put_whole(&fd, text, strlen(text));

    if (r == 0)
        r = put_whole(&fd, "\n", 1);
    if (fd >= 0 && close(fd) < 0 && r == 0)
        r = -errno;
    cJSON_free(text);
    cJSON_Delete(document);
    return r;
}

/* --- the bundle ---------------------------------------------------------------------------------- */

static const char *in_folder(const struct why_outputs *o, const char *name,
                             char buf[PATH_MAX + 32])
{
    snprintf(buf, PATH_MAX + 32, "%s/%s", o->folder, name);
    return buf;
}

static int write_folder(const struct why_outputs *o, const struct why_record *record,
                        const struct evidence *e, const struct verdict *v)
{
    char path[PATH_MAX + 32];
    int fd, r = write_json(in_folder(o, EVIDENCE, path), why_json(e, v));

    if (r == 0)
        r = write_json(in_folder(o, ROWS, path), why_rows_json(e));
    if (r == 0)
        r = write_recording(o, record, e, o->job->payload, in_folder(o, RECORDING, path));
    if (r < 0)
        return r;
    fd = create(in_folder(o, PAGE, path));
    if (fd < 0)
        return fd;
    r = write_page(fd, record, e, v, RECORDING);
    return close(fd) < 0 && r == 0 ? -errno : r;
}

static int pack_one(int tar, const char *path, const char *name)
{
    static const char zeros[TAR_BLOCK_BYTES];
    uint8_t header[TAR_BLOCK_BYTES];
    char *bytes;
    size_t len;
    int r = share_read_path(path, INT_MAX, &bytes, &len, NULL);

    if (r < 0)
        return r;
    r = tar_header(name, len, clock_wall_ns() / CLOCK_SECOND_NS, header);
    if (r == 0)
        r = put_whole(&tar, (const char *)header, sizeof(header));
    if (r == 0)
        r = put_whole(&tar, bytes, len);
    if (r == 0 && len % TAR_BLOCK_BYTES)
        r = put_whole(&tar, zeros, TAR_BLOCK_BYTES - len % TAR_BLOCK_BYTES);
    free(bytes);
    return r;
}

static int pack(const struct why_outputs *o)
{
    static const char end[TAR_END_BYTES];
    char path[PATH_MAX + 32];
    int tar = o->tar, r = 0;

    for (size_t i = 0; i < sizeof(bundled) / sizeof(bundled[0]) && r == 0; i++)
        r = pack_one(tar, in_folder(o, bundled[i], path), bundled[i]);
    return r < 0 ? r : put_whole(&tar, end, sizeof(end));
}

/* --- the end --------------------------------------------------------------------------------------- */

/* "why.html" has its packets in "why.pcapng". */
static void recording_beside(const char *page, char buf[PATH_MAX])
{
    const char *dot = strrchr(page, '.'), *slash = strrchr(page, '/');
    size_t len = dot && (!slash || dot > slash) ? (size_t)(dot - page) : strlen(page);

    snprintf(buf, PATH_MAX, "%.*s.pcapng", (int)len, page);
}

int why_outputs_write(struct why_outputs *o, const struct why_record *record,
                      struct evidence *e, const struct verdict *v)
{
    char recording[PATH_MAX];
    int r = 0;

    if (o->job->report) {
        recording_beside(o->job->report, recording);
        r = write_recording(o, record, e, true, recording);
        if (r < 0)
            return failed(o->job, r, recording);
        r = write_page(o->page, record, e, v, recording);
        if (r < 0)
            return failed(o->job, r, o->job->report);
    }
    if (o->folder[0] && !o->job->payload)
        evidence_hide_content(e);
    if (o->folder[0])
        r = write_folder(o, record, e, v);
    if (r == 0 && o->tar >= 0)
        r = pack(o);
    return r < 0 ? failed(o->job, r, o->job->bundle) : EXIT_DONE;
}

void why_outputs_close(struct why_outputs *o)
{
    char path[PATH_MAX + 32];

    if (!o)
        return;
    if (o->tar >= 0 && o->folder[0]) {
        for (size_t i = 0; i < sizeof(bundled) / sizeof(bundled[0]); i++)
            unlink(in_folder(o, bundled[i], path));
        rmdir(o->folder);
    }
    if (o->page >= 0)
        close(o->page);
    if (o->tar >= 0)
        close(o->tar);
    free(o);
}
