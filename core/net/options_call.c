/* core/net/options_call.c - setting and reading an option of a socket. */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/net/options_internal.h"

/* What fits into an error's reason. */
#define REASON_BYTES (ERR_TEXT_BYTES - 16)

/* "SO_RCVBUF=abc": what an error quotes. */
static const char *quote(const struct socket_option *o, const char *value,
                         char buf[ERR_TEXT_BYTES])
{
    snprintf(buf, ERR_TEXT_BYTES, "%s=%s", o->name, value);
    return buf;
}

/* Say what is wrong with a value that the codec did not take. */
static void refuse(const struct socket_option *o, const char *input, int code, struct err *err)
{
    char expects[OPTION_EXPECTS_BYTES];

    option_expects(o, expects);
    if (code == -ENODEV) {
        err_set(err, code, "option", input, "there is no such interface here");
    } else if (strlen(expects) < REASON_BYTES) {
        err_set(err, code, "option", input, "it takes %s", expects);
    } else {
        err_set(err, code, "option", input, "it is none of its values");
        err_hint(err, "sockeye options %s lists them", o->name);
    }
}

int option_value_parse(const struct socket_option *o, const char *text,
                       struct option_value *ret, struct err *err)
{
    char input[ERR_TEXT_BYTES];
    int r;

    quote(o, text, input);
    if (!(o->flags & OPTION_WRITE)) {
        err_set(err, -EINVAL, "option", input, "it can only be read");
        return -EINVAL;
    }
    ret->level = o->level;
    r = option_codec(o->type)->parse(o, text, ret);
    if (r < 0)
        refuse(o, input, r, err);
    return r;
}

/* Bytes for which there is no better form. */
static void add_hex(struct line_out *l, const struct option_value *v)
{
    if (!v->have)
        line_add(l, "none");
    for (size_t i = 0; i < v->have; i++)
        line_add(l, "%02x", v->bytes[i]);
}

void option_value_format(const struct socket_option *o, const struct option_value *v, char *buf,
                         size_t size)
{
    const struct option_codec *codec = option_codec(o->type);
    struct line_out l = line_in(buf, size);

    if (!codec->format || !codec->format(o, v, &l)) {
        l = line_in(buf, size);
        add_hex(&l, v);
    }
}

void option_trace(struct line_out *l, const struct socket_option *o, const uint8_t *bytes,
                  size_t have, size_t len)
{
    const struct option_codec *codec = option_codec(o->type);
    struct option_value v = {.level = o->level};
    struct line_out before = *l;

    have = have < len ? have : len;
    option_value_put(&v, bytes, have < OPTION_VALUE_BYTES ? have : OPTION_VALUE_BYTES);
    v.len = len;
    if (codec->trace && codec->trace(o, &v, l))
        return;
    *l = before;
    l->buf[l->used] = '\0';
    line_add_quoted(l, bytes, v.have);
    if (v.have < len)
        line_add(l, "...");
}

int option_check(const struct socket_option *o, const char *value, struct err *err)
{
    struct option_value v;

    return option_value_parse(o, value, &v, err);
}

/* Why a call for this option failed, where more is known than the errno says. */
static void explain(const struct socket_option *o, int code, struct err *err)
{
    bool is_missing = code == -ENOPROTOOPT || code == -EOPNOTSUPP;

    if (code == -EPERM && (o->flags & OPTION_WRITE) && (o->flags & OPTION_PRIVILEGED))
        err_hint(err, "it needs CAP_NET_ADMIN or CAP_NET_RAW: %s", o->man);
    else if (code == -EPERM || code == -EACCES)
        err_hint(err, "this value needs a privilege: %s", o->man);
    else if (is_missing && (o->flags & OPTION_ON_RAW))
        err_hint(err, "it is for raw sockets: %s", o->man);
    else if (is_missing)
        err_hint(err, "this kernel or this socket does not have it: %s", o->man);
}

static int make_call(const struct caller *c, int fd, const struct socket_option *o,
                     struct option_value *v)
{
    size_t item = option_codec(o->type)->item_bytes;
    struct sock_fprog program;

    if (!item)
        return call_setsockopt(c, fd, v->level, o->option, v->bytes, (socklen_t)v->len);
    program.len = (unsigned short)(v->len / item);
    program.filter = (struct sock_filter *)(void *)v->bytes;
    return call_setsockopt(c, fd, v->level, o->option, &program, sizeof(program));
}

static int set_value(const struct caller *c, int fd, const struct socket_option *o,
                     const char *value, struct option_value *ret, struct err *err)
{
    char input[ERR_TEXT_BYTES];
    int r = option_value_parse(o, value, ret, err);

    if (r < 0)
        return r;
    r = make_call(c, fd, o, ret);
    if (r < 0) {
        err_set(err, r, "setsockopt", quote(o, value, input), "%s", "");
        explain(o, r, err);
    }
    return r;
}

int option_set(const struct caller *c, int fd, const struct socket_option *o, const char *value,
               struct err *err)
{
    struct option_value v;

    return set_value(c, fd, o, value, &v, err);
}

/* SO_PEERNAME refuses more room than its address needs (net/core/sock.c of the kernel). */
static socklen_t address_bytes(int fd)
{
    int domain = AF_UNSPEC;
    socklen_t len = sizeof(domain);

    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
    return domain == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

int option_get(const struct caller *c, int fd, const struct socket_option *o, char *buf,
               size_t size, struct err *err)
{
    const struct option_codec *codec = option_codec(o->type);
    size_t item = codec->item_bytes ? codec->item_bytes : 1;
    struct option_value v = {.level = o->level};
    socklen_t len =
        o->type == OPTION_SOCKADDR ? address_bytes(fd) : (socklen_t)(codec->bytes / item);
    int r;

    if (!(o->flags & OPTION_READ))
        return err_set(err, -EOPNOTSUPP, "getsockopt", o->name, "it can only be set");
    r = call_getsockopt(c, fd, v.level, o->option, v.bytes, &len);
    if (r < 0) {
        err_set(err, r, "getsockopt", o->name, "%s", "");
        explain(o, r, err);
        return r;
    }
    v.len = v.have = len * item < codec->bytes ? len * item : codec->bytes;
    option_value_format(o, &v, buf, size);
    if (codec->is_fd) {
        int got;

        memcpy(&got, v.bytes, sizeof(got));
        call_close(c, got);
    }
    return 0;
}

static void add_with_unit(struct line_out *l, const struct socket_option *o, const char *value)
{
    bool is_number = value[0] >= '0' && value[0] <= '9' && !strchr(value, ' ');

    line_add(l, is_number && *o->unit ? "%s %s" : "%s", value, o->unit);
}

int option_set_and_read(const struct caller *c, int fd, const struct socket_option *o,
                        const char *value, char *buf, size_t size, struct err *err)
{
    char asked[OPTION_TEXT_BYTES], got[OPTION_TEXT_BYTES];
    struct line_out l = line_in(buf, size);
    struct option_value v;
    struct err unread = {0};
    int r = set_value(c, fd, o, value, &v, err);

    if (r < 0)
        return r;
    option_value_format(o, &v, asked, sizeof(asked));
    r = o->flags & OPTION_READ ? option_get(c, fd, o, got, sizeof(got), &unread) : -EOPNOTSUPP;
    if (!(o->flags & OPTION_READ)) {
        line_add(&l, "%s: set to %s", o->name, asked);
    } else if (r < 0) {
        line_add(&l, "%s: set to %s; reading it back gives %s", o->name, asked, err_name(r));
    } else if (strcmp(asked, got) == 0) {
        line_add(&l, "%s = ", o->name);
        add_with_unit(&l, o, got);
    } else {
        line_add(&l, "%s: asked %s, the kernel made it ", o->name, asked);
        add_with_unit(&l, o, got);
        if (o->change)
            line_add(&l, " (%s: %s)", o->change, o->man);
    }
    return 0;
}
