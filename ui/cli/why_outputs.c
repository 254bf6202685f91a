/* `sockeye why --report` and `--bundle`: what is kept of a verdict. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/base/whole.h"
#include "core/message/json_print.h"
#include "core/report/tar.h"
#include "core/report/why.h"
#include "core/report/why_html.h"
#include "ui/cli/why.h"

#define PAGE "report.html"
#define RECORDING "packets.pcapng"
#define EVIDENCE "why.json"
#define ROWS "rows.json"

#define N_PARTS 4
static const char *const bundled[N_PARTS] = {EVIDENCE, ROWS, RECORDING, PAGE};
#define FD_NAME_BYTES 32

struct why_outputs {
    const struct why_job *job;
    struct whole page, tar; /* descriptor -1: not asked for */
};

static int failed(const struct why_job *job, int code, const char *path)
{
    struct err err = {0};

    err_set(&err, code, "write", path, "%s", "");
    return cli_fail(
        job->self, cli_status_of(code) == EXIT_USAGE ? EXIT_FAILED : cli_status_of(code), &err);
}

static int put_whole(void *ctx, const char *bytes, size_t len)
{
    return file_write(*(int *)ctx, bytes, len);
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
    if (strlen(path) + sizeof("/" RECORDING) > PATH_MAX)
        return -ENAMETOOLONG;
    if (!is_archive(path))
        return make_folder(path);
    return whole_open(&o->tar, path, 0666);
}

int why_outputs_open(const struct why_job *job, struct why_outputs **ret)
{
    struct why_outputs *o;
    int r = 0;

    *ret = NULL;
    if (!job->report && !job->bundle)
        return EXIT_DONE;
    o = mem_new(1, sizeof(*o));
    *o = (struct why_outputs){.job = job, .page.fd = -1, .tar.fd = -1};
    if (job->report && (r = whole_open(&o->page, job->report, 0666)) < 0)
        r = failed(job, r, job->report);
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
    const struct capture_file_settings settings = {
        .path = path, .format = CAPTURE_PCAPNG, .at_the_end = true};
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

static int write_json(int fd, cJSON *document)
{
    char *text = json_print(document, true);
    int r = text ? file_write(fd, text, strlen(text)) : -ENOMEM;

    free(text);
    cJSON_Delete(document);
    return r == 0 ? file_write(fd, "\n", 1) : r;
}

/* --- the bundle ---------------------------------------------------------------------------------- */

/* Of an archive they are in no folder: nothing of them is left, however this ends. */
static int open_part(const struct why_outputs *o, const char *name, struct whole *ret)
{
    char path[PATH_MAX];

    if (o->tar.fd < 0) {
        snprintf(path, sizeof(path), "%s/%s", o->job->bundle, name);
        return whole_open(ret, path, 0666);
    }
    *ret = (struct whole){.fd = memfd_create(name, MFD_CLOEXEC)};
    return ret->fd < 0 ? -errno : 0;
}

static const char *name_of_fd(int fd, char buf[FD_NAME_BYTES])
{
    snprintf(buf, FD_NAME_BYTES, "/proc/self/fd/%d", fd);
    return buf;
}

static int write_parts(const struct why_outputs *o, const struct why_record *record,
                       const struct evidence *e, const struct verdict *v,
                       const struct whole parts[N_PARTS])
{
    char name[FD_NAME_BYTES];
    int r = write_json(parts[0].fd, why_json(e, v));

    if (r == 0)
        r = write_json(parts[1].fd, why_rows_json(e));
    if (r == 0)
        r = write_recording(o, record, e, o->job->payload, name_of_fd(parts[2].fd, name));
    return r == 0 ? write_page(parts[3].fd, record, e, v, RECORDING) : r;
}

static int pack_one(int tar, int part, const char *name)
{
    char path[FD_NAME_BYTES];
    static const char zeros[TAR_BLOCK_BYTES];
    uint8_t header[TAR_BLOCK_BYTES];
    char *bytes;
    size_t len;
    int r = share_read_path(name_of_fd(part, path), INT_MAX, &bytes, &len, NULL);

    if (r < 0)
        return r;
    r = tar_header(name, len, clock_wall_ns() / CLOCK_SECOND_NS, header);
    if (r == 0)
        r = file_write(tar, (const char *)header, sizeof(header));
    if (r == 0)
        r = file_write(tar, bytes, len);
    if (r == 0 && len % TAR_BLOCK_BYTES)
        r = file_write(tar, zeros, TAR_BLOCK_BYTES - len % TAR_BLOCK_BYTES);
    free(bytes);
    return r;
}

static int pack(int tar, const struct whole parts[N_PARTS])
{
    static const char end[TAR_END_BYTES];
    int r = 0;

    for (size_t i = 0; i < N_PARTS && r == 0; i++)
        r = pack_one(tar, parts[i].fd, bundled[i]);
    return r < 0 ? r : file_write(tar, end, sizeof(end));
}

/* What was wrong before, or is with the last of it. */
static int close_parts(const struct why_outputs *o, struct whole *parts, int n, int r)
{
    for (int i = 0; i < n; i++) {
        if (o->tar.fd < 0)
            r = whole_close(&parts[i], r);
        else
            close(parts[i].fd);
    }
    return r;
}

static int write_bundle(const struct why_outputs *o, const struct why_record *record,
                        const struct evidence *e, const struct verdict *v)
{
    struct whole parts[N_PARTS];
    int n, r;

    for (n = 0; n < N_PARTS; n++) {
        r = open_part(o, bundled[n], &parts[n]);
        if (r < 0)
            return close_parts(o, parts, n, r);
    }
    r = write_parts(o, record, e, v, parts);
    if (r == 0 && o->tar.fd >= 0)
        r = pack(o->tar.fd, parts);
    return close_parts(o, parts, n, r);
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
        r = write_page(o->page.fd, record, e, v, recording);
        r = whole_close(&o->page, r);
        if (r < 0)
            return failed(o->job, r, o->job->report);
    }
    if (o->job->bundle && !o->job->payload)
        evidence_hide_content(e);
    if (o->job->bundle)
        r = write_bundle(o, record, e, v);
    if (o->tar.fd >= 0)
        r = whole_close(&o->tar, r);
    return r < 0 ? failed(o->job, r, o->job->bundle) : EXIT_DONE;
}

void why_outputs_close(struct why_outputs *o)
{
    if (!o)
        return;
    if (o->page.fd >= 0)
        whole_close(&o->page, -ECANCELED);
    if (o->tar.fd >= 0)
        whole_close(&o->tar, -ECANCELED);
    free(o);
}
