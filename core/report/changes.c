#include "core/report/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/text.h"

static const char *kind_text(const struct change *c)
{
    return c->kind == CHANGE_NEW ? "NEW" : c->kind == CHANGE_GONE ? "GONE" : "STATE";
}

static const char *state_text(uint8_t state)
{
    return state ? state_name((enum socket_state)state) : "?";
}

static void local_time(uint64_t monotonic_ns, char *buf, size_t size)
{
    uint64_t wall_ns = clock_to_wall_ns(monotonic_ns);
    time_t seconds = (time_t)(wall_ns / CLOCK_SECOND_NS);
    struct tm tm;
    size_t n;

    if (!localtime_r(&seconds, &tm)) {
        snprintf(buf, size, "?");
        return;
    }
    n = strftime(buf, size, "%H:%M:%S", &tm);
    snprintf(buf + n, size - n, ".%06" PRIu64, wall_ns % CLOCK_SECOND_NS / 1000);
}

static void put_clean(struct json_writer *out, const char *text)
{
    char clean[4 * ROW_END_BYTES];

    text_clean(text, strlen(text), clean, sizeof(clean));
    json_write_text(out, clean);
}

void change_put_text(struct json_writer *out, const struct change *c)
{
    char when[32], states[64], head[160];

    local_time(c->at_ns, when, sizeof(when));
    snprintf(states, sizeof(states), "%s > %s",
             c->kind == CHANGE_NEW ? "-" : state_text(c->old_state),
             c->kind == CHANGE_GONE ? "-" : state_text(c->row.state));
    snprintf(head, sizeof(head), "%s  %-5s  %-5s  %-26s  ", when, kind_text(c),
             kind_name((enum socket_kind)c->row.kind), states);
    json_write_text(out, head);
    put_clean(out, c->local);
    json_write_text(out, "  ");
    put_clean(out, c->peer);
    json_write_text(out, "  ");
    put_clean(out, c->owner[0] ? c->owner : "?");
    if (c->kind == CHANGE_GONE && c->has_unread && c->unread_bytes) {
        snprintf(head, sizeof(head), "  unread %" PRIu32, c->unread_bytes);
        json_write_text(out, head);
    }
    json_write_text(out, "\n");
}

/* ---- JSON ------------------------------------------------------------------------------ */

static void put_name(struct json_writer *out, const char *name)
{
    if (out->len && out->bytes[out->len - 1] != '{')
        json_write_text(out, ", ");
    json_write_string(out, name, strlen(name), true);
    json_write_text(out, ": ");
}

static void put_string(struct json_writer *out, const char *name, const char *text)
{
    put_name(out, name);
    if (text)
        json_write_string(out, text, strlen(text), true);
    else
        json_write_text(out, "null");
}

static void put_number(struct json_writer *out, const char *name, bool known, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, n);
    put_name(out, name);
    json_write_text(out, known ? text : "null");
}

static void put_time(struct json_writer *out, uint64_t monotonic_ns)
{
    uint64_t wall_ns = clock_to_wall_ns(monotonic_ns);
    char text[48];

    snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, wall_ns / CLOCK_SECOND_NS,
             wall_ns % CLOCK_SECOND_NS / 1000);
    put_name(out, "time");
    json_write_text(out, text);
}

static void put_state(struct json_writer *out, const char *name, bool there, uint8_t state)
{
    put_string(out, name, there && state ? state_name((enum socket_state)state) : NULL);
}

void change_put_json(struct json_writer *out, const struct change *c)
{
    const struct row *row = &c->row;

    json_write_text(out, "{");
    put_time(out, c->at_ns);
    put_string(out, "change",
               c->kind == CHANGE_NEW    ? "new"
               : c->kind == CHANGE_GONE ? "gone"
                                        : "state");
    put_string(out, "by", c->by_event ? "event" : "look");
    put_string(out, "proto", kind_name((enum socket_kind)row->kind));
    put_state(out, "old_state", c->kind != CHANGE_NEW, c->old_state);
    put_state(out, "state", c->kind != CHANGE_GONE, row->state);
    put_string(out, "local", c->local);
    put_string(out, "peer", c->peer);
    put_number(out, "cookie", row->cookie != 0, row->cookie);
    put_number(out, "inode", row->inode != 0, row->inode);
    put_number(out, "uid", row->uid != UID_UNKNOWN, row->uid);
    put_string(out, "owner", c->owner[0] ? c->owner : NULL);
    put_number(out, "unread_bytes", c->kind == CHANGE_GONE && c->has_unread, c->unread_bytes);
    json_write_text(out, "}\n");
}
