/* core/services/http.c - GET and HEAD over HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112): its options.
 *
 * http_session.c has the connections, http_parse.c and http_body.c the requests, http_answer.c the
 * answers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/services/http_session.h"
#include "core/services/service.h"

static const struct service_option options[] = {
    {"text", "TEXT", NULL, "the page; \\r \\n \\t \\0 \\\\ \\xNN are understood"},
    {"directory", "DIR", NULL, "serve the files below it"},
    {"list", NULL, NULL, "list a directory that has no index.html"},
    {"header-timeout", "SECONDS", "10", "how long the head of a request may take; 0: no limit"},
    {"keep-alive", "SECONDS", "75", "how long to wait for another request; 0: no second one"},
    {NULL, NULL, NULL, NULL},
};

static int open_directory(const struct service_setup *setup, int *ret_fd, struct err *err)
{
    const char *path = service_text(setup, "directory");
    int fd;

    *ret_fd = -1;
    if (!path) {
        if (service_flag(setup, "list"))
            return err_set(err, -EINVAL, "http", "--list", "it goes with --directory only");
        return 0;
    }
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, -errno, "http", path, "%s", "");
    *ret_fd = fd;
    return 0;
}

static int read_text(const struct service_setup *setup, struct http *http, struct err *err)
{
    int r;

    if (!service_text(setup, "text"))
        return 0;
    r = service_bytes(setup, "text", &http->text, &http->site.text_len, err);
    http->site.text = http->text;
    if (r == 0 && http->site.text_len > HTTP_TEXT_BYTES)
        return err_set(err, -EINVAL, "http", "--text", "it has more than %u bytes",
                       HTTP_TEXT_BYTES);
    return r;
}

static void http_stop(void *instance)
{
    struct http *http = instance;

    if (http->site.directory >= 0)
        close(http->site.directory);
    free(http->text);
    free(http);
}

static int http_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct http *http = mem_new(1, sizeof(*http));
    int r;

    http->site.list = service_flag(setup, "list");
    http->site.directory = -1;
    r = service_seconds(setup, "header-timeout", &http->header_ns, err);
    if (r == 0)
        r = service_seconds(setup, "keep-alive", &http->keep_alive_ns, err);
    if (r == 0)
        r = read_text(setup, http, err);
    if (r == 0)
        r = open_directory(setup, &http->site.directory, err);
    if (r < 0) {
        http_stop(http);
        return r;
    }
    *ret_instance = http;
    return 0;
}

const struct service http_service = {
    .name = "http",
    .summary = "GET and HEAD: a welcome with the time, or files (RFC 9110)",
    .options = options,
    .start = http_start,
    .stop = http_stop,
    .behaviour = {.opened = http_session_opened,
                  .readable = http_session_readable,
                  .drained = http_session_go_on,
                  .peer_closed = http_session_go_on,
                  .due = http_session_due,
                  .closing = http_session_closing,
                  .lockstep = true},
};
