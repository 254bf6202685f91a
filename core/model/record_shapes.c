#include "core/model/record_shapes.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/changes.h"
#include "core/model/journal.h"
#include "core/model/kernel_event.h"
#include "core/model/transcript.h"
#include "core/wire/packet.h"

/* --- errors and places -------------------------------------------------------------------- */

static const struct record_field err_fields[] = {
    RECORD_SIGNED(struct err, code), RECORD_NUMBER(struct err, place),
    RECORD_TEXT(struct err, symbol), RECORD_TEXT(struct err, operation),
    RECORD_TEXT(struct err, input),  RECORD_TEXT(struct err, reason),
    RECORD_TEXT(struct err, hint),
};
const struct record_shape record_err = RECORD_SHAPE_OF(err_fields);

static const struct record_field endpoint_fields[] = {
    RECORD_ENUM(struct endpoint, scheme, ENDPOINT_UNIX_SEQPACKET + 1),
    RECORD_TEXT(struct endpoint, host),
    RECORD_TEXT(struct endpoint, zone),
    RECORD_NUMBER(struct endpoint, port),
    RECORD_TEXT(struct endpoint, path),
};
const struct record_shape record_endpoint = RECORD_SHAPE_OF(endpoint_fields);

/* --- events ------------------------------------------------------------------------------- */

static const struct record_field phases_fields[] = {
    RECORD_NUMBER(struct phases, begun),     RECORD_NUMBER(struct phases, resolved),
    RECORD_NUMBER(struct phases, connected), RECORD_NUMBER(struct phases, proxied),
    RECORD_NUMBER(struct phases, secured),   RECORD_NUMBER(struct phases, first_byte),
};
static const struct record_shape phases_shape = RECORD_SHAPE_OF(phases_fields);

static const struct record_field credentials_fields[] = {
    RECORD_FLAG(struct peer_credentials, known),
    RECORD_SIGNED(struct peer_credentials, pid),
    RECORD_NUMBER(struct peer_credentials, uid),
    RECORD_NUMBER(struct peer_credentials, gid),
};
static const struct record_shape credentials_shape = RECORD_SHAPE_OF(credentials_fields);

static const struct record_field tls_fields[] = {
    RECORD_TEXT(struct tls_facts, version),
    RECORD_TEXT(struct tls_facts, cipher),
    RECORD_TEXT(struct tls_facts, alpn),
    RECORD_TEXT(struct tls_facts, subject),
    RECORD_TEXT(struct tls_facts, issuer),
    RECORD_SIGNED(struct tls_facts, not_after),
    RECORD_ENUM(struct tls_facts, trust, TLS_NOT_TRUSTED + 1),
    RECORD_TEXT(struct tls_facts, why),
};
static const struct record_shape tls_shape = RECORD_SHAPE_OF(tls_fields);

static const struct record_field session_fields[] = {
    RECORD_NUMBER(struct session_status, id),
    RECORD_NUMBER(struct session_status, server_id),
    RECORD_TEXT(struct session_status, tag),
    RECORD_NUMBER(struct session_status, ordinal),
    RECORD_ENUM(struct session_status, state, SESSION_FAILED + 1),
    RECORD_SHAPE(struct session_status, endpoint, &record_endpoint),
    RECORD_ADDR(struct session_status, local),
    RECORD_ADDR(struct session_status, peer),
    RECORD_NUMBER(struct session_status, cookie),
    RECORD_NUMBER(struct session_status, opened_ns),
    RECORD_NUMBER(struct session_status, changed_ns),
    RECORD_SHAPE(struct session_status, phases, &phases_shape),
    RECORD_SHAPE(struct session_status, credentials, &credentials_shape),
    RECORD_TEXT(struct session_status, proxy),
    RECORD_TEXT(struct session_status, proxy_variable),
    RECORD_SHAPE(struct session_status, tls, &tls_shape),
    RECORD_NUMBER(struct session_status, sent_bytes),
    RECORD_NUMBER(struct session_status, received_bytes),
    RECORD_NUMBER(struct session_status, sends),
    RECORD_NUMBER(struct session_status, receives),
    RECORD_NUMBER(struct session_status, queued_bytes),
    RECORD_FLAG(struct session_status, feeding),
    RECORD_NUMBER(struct session_status, idle_ns),
    RECORD_NUMBER(struct session_status, recv_waits_since_ns),
    RECORD_NUMBER(struct session_status, send_waits_since_ns),
    RECORD_SHAPE(struct session_status, err, &record_err),
    RECORD_NUMBER(struct session_status, messages),
};
const struct record_shape record_session = RECORD_SHAPE_OF(session_fields);

static const struct record_field server_fields[] = {
    RECORD_NUMBER(struct server_status, id),
    RECORD_FLAG(struct server_status, listening),
    RECORD_TEXT(struct server_status, service),
    RECORD_SHAPE(struct server_status, endpoint, &record_endpoint),
    RECORD_NUMBER(struct server_status, cookie),
    RECORD_NUMBER(struct server_status, open_sessions),
    RECORD_NUMBER(struct server_status, accepted),
    RECORD_NUMBER(struct server_status, accept_errors),
    RECORD_NUMBER(struct server_status, denied),
    RECORD_NUMBER(struct server_status, untold_sessions),
    RECORD_NUMBER(struct server_status, datagrams),
    RECORD_NUMBER(struct server_status, lost_datagrams),
    RECORD_NUMBER(struct server_status, sent_bytes),
    RECORD_NUMBER(struct server_status, received_bytes),
    RECORD_TEXT(struct server_status, fingerprint),
    RECORD_FLAG(struct server_status, made_certificate),
    RECORD_SHAPE(struct server_status, err, &record_err),
    RECORD_NUMBER(struct server_status, messages),
};
const struct record_shape record_server = RECORD_SHAPE_OF(server_fields);

static const struct record_field reply_fields[] = {
    RECORD_NUMBER(struct reply, command_id),
    RECORD_NUMBER(struct reply, id),
    RECORD_SHAPE(struct reply, err, &record_err),
    RECORD_TEXT(struct reply, text),
};
static const struct record_shape reply_shape = RECORD_SHAPE_OF(reply_fields);

static const struct {
    const struct record_shape *shape;
    size_t at;
} events[] = {
    [EVENT_SESSION] = {&record_session, offsetof(struct event, session)},
    [EVENT_SERVER] = {&record_server, offsetof(struct event, server)},
    [EVENT_REPLY] = {&reply_shape, offsetof(struct event, reply)},
};
#define N_EVENTS (sizeof(events) / sizeof(events[0]))

void record_put_event(struct record_bytes *b, const struct event *event)
{
    record_put_u8(b, (uint8_t)event->kind);
    record_put_u64(b, event->at_ns);
    record_put_shape(b, events[event->kind].shape,
                     (const char *)event + events[event->kind].at);
}

void record_get_event(struct cursor *c, struct event *ret)
{
    uint8_t kind = cursor_u8(c);

    if (kind >= N_EVENTS) {
        record_spoil(c);
        return;
    }
    ret->kind = (enum event_kind)kind;
    ret->at_ns = record_get_u64(c);
    record_get_shape(c, events[kind].shape, (char *)ret + events[kind].at);
}

/* --- records of rings --------------------------------------------------------------------- */

static const struct record_field call_fields[] = {
    RECORD_NUMBER(struct call, start_ns),
    RECORD_NUMBER(struct call, duration_ns),
    RECORD_NUMBER(struct call, session_id),
    RECORD_SIGNED(struct call, result),
    RECORD_NUMBER(struct call, length),
    RECORD_SIGNED(struct call, fd),
    RECORD_SIGNED(struct call, error),
    RECORD_SIGNED(struct call, a),
    RECORD_SIGNED(struct call, b),
    RECORD_SIGNED(struct call, c),
    RECORD_SIGNED(struct call, d),
    RECORD_ADDR(struct call, addr),
    RECORD_ENUM(struct call, name, CALL_NAMES),
    RECORD_ENUM(struct call, data_len, CALL_DATA_BYTES + 1),
    RECORD_ENUM(struct call, path_len, CALL_DATA_BYTES + 1),
    RECORD_BYTES(struct call, data),
};
const struct record_shape record_call = RECORD_SHAPE_OF(call_fields);

static const struct record_field passage_fields[] = {
    RECORD_NUMBER(struct passage, at_ns),
    RECORD_NUMBER(struct passage, session_id),
    RECORD_NUMBER(struct passage, length),
    RECORD_ENUM(struct passage, direction, DIRECTION_NOTE + 1),
};
const struct record_shape record_passage = RECORD_SHAPE_OF(passage_fields);

static const struct record_field packet_fields[] = {
    RECORD_NUMBER(struct packet, wall_ns),   RECORD_NUMBER(struct packet, length),
    RECORD_NUMBER(struct packet, captured),  RECORD_NUMBER(struct packet, link_type),
    RECORD_NUMBER(struct packet, interface),
};
const struct record_shape record_packet = RECORD_SHAPE_OF(packet_fields);

static const struct record_field kernel_event_fields[] = {
    RECORD_NUMBER(struct kernel_event, at_ns),
    RECORD_NUMBER(struct kernel_event, cookie),
    RECORD_NUMBER(struct kernel_event, socket),
    RECORD_ADDR(struct kernel_event, local),
    RECORD_ADDR(struct kernel_event, peer),
    RECORD_ENUM(struct kernel_event, kind, KERNEL_EVENT_KINDS),
    RECORD_NUMBER(struct kernel_event, protocol),
    RECORD_ENUM(struct kernel_event, old_state, STATE_COUNT),
    RECORD_ENUM(struct kernel_event, new_state, STATE_COUNT),
    RECORD_SIGNED(struct kernel_event, error),
    RECORD_TEXT(struct kernel_event, reason),
    RECORD_NUMBER(struct kernel_event, unread_bytes),
};
const struct record_shape record_kernel_event = RECORD_SHAPE_OF(kernel_event_fields);

/* --- the capture's meter ------------------------------------------------------------------ */

static const struct record_field interface_fields[] = {
    RECORD_TEXT(struct capture_interface, name),
    RECORD_ENUM(struct capture_interface, state, CAPTURE_FAILED + 1),
    RECORD_NUMBER(struct capture_interface, link_type),
    RECORD_FLAG(struct capture_interface, promiscuous),
    RECORD_NUMBER(struct capture_interface, packets),
    RECORD_NUMBER(struct capture_interface, cut),
    RECORD_NUMBER(struct capture_interface, dropped),
    RECORD_FLAG(struct capture_interface, has_interface_dropped),
    RECORD_NUMBER(struct capture_interface, interface_dropped),
    RECORD_NUMBER(struct capture_interface, delay_ns),
    RECORD_SHAPE(struct capture_interface, err, &record_err),
};
static const struct record_shape interface_shape = RECORD_SHAPE_OF(interface_fields);

static const struct record_field meter_fields[] = {
    RECORD_TEXT(struct capture_status, filter),
    RECORD_ENUM(struct capture_status, n_interfaces, CAPTURE_INTERFACES + 1),
};
static const struct record_shape meter_shape = RECORD_SHAPE_OF(meter_fields);

void record_put_meter(struct record_bytes *b, const struct capture_status *status)
{
    record_put_shape(b, &meter_shape, status);
    for (size_t i = 0; i < status->n_interfaces; i++)
        record_put_shape(b, &interface_shape, &status->interfaces[i]);
}

struct capture_status *record_get_meter(struct cursor *c)
{
    struct capture_status *status = mem_new(1, sizeof(*status));

    record_get_shape(c, &meter_shape, status);
    for (size_t i = 0; i < status->n_interfaces && !c->short_read; i++)
        record_get_shape(c, &interface_shape, &status->interfaces[i]);
    return status;
}

/* --- the options of a socket --------------------------------------------------------------- */

static const struct record_field value_fields[] = {
    RECORD_SIGNED(struct option_value_now, error),
    RECORD_FLAG(struct option_value_now, unread),
    RECORD_TEXT(struct option_value_now, text),
};
static const struct record_shape value_shape = RECORD_SHAPE_OF(value_fields);

static const struct record_field values_fields[] = {
    RECORD_NUMBER(struct option_values, id),
    RECORD_NUMBER(struct option_values, at_ns),
    RECORD_SHAPE(struct option_values, err, &record_err),
    RECORD_SIGNED(struct option_values, domain),
    RECORD_SIGNED(struct option_values, type),
    RECORD_ENUM(struct option_values, n, OPTION_VALUES + 1),
};
static const struct record_shape values_shape = RECORD_SHAPE_OF(values_fields);

void record_put_options(struct record_bytes *b, const struct option_values *values)
{
    record_put_shape(b, &values_shape, values);
    for (size_t i = 0; i < values->n; i++) {
        record_put_text(b, values->list[i].option->name);
        record_put_shape(b, &value_shape, &values->list[i]);
    }
}

static const struct socket_option *get_option(struct cursor *c)
{
    char name[64];
    size_t len;
    const char *text = record_get_text(c, &len);

    if (!text || len >= sizeof(name))
        return NULL;
    memcpy(name, text, len);
    name[len] = '\0';
    return option_find(name);
}

struct option_values *record_get_options(struct cursor *c)
{
    struct option_values *values = mem_new(1, sizeof(*values));
    size_t n;

    record_get_shape(c, &values_shape, values);
    n = values->n;
    values->n = 0;
    for (size_t i = 0; i < n && !c->short_read; i++) {
        struct option_value_now *v = &values->list[values->n];

        v->option = get_option(c);
        record_get_shape(c, &value_shape, v);
        if (v->option)
            values->n++;
        else
            *v = (struct option_value_now){0};
    }
    return values;
}

/* --- rows --------------------------------------------------------------------------------- */

static const struct record_field row_fields[] = {
    RECORD_NUMBER(struct row, cookie),
    RECORD_ADDR(struct row, local),
    RECORD_ADDR(struct row, peer),
    RECORD_NUMBER(struct row, rqueue),
    RECORD_NUMBER(struct row, wqueue),
    RECORD_NUMBER(struct row, uid),
    RECORD_NUMBER(struct row, inode),
    RECORD_NUMBER(struct row, timer_ms),
    RECORD_NUMBER(struct row, interface),
    RECORD_NUMBER(struct row, netns),
    RECORD_ENUM(struct row, kind, KIND_COUNT),
    RECORD_ENUM(struct row, state, STATE_COUNT),
    RECORD_ENUM(struct row, timer, TIMER_PERSIST + 1),
    RECORD_NUMBER(struct row, retransmits),
    RECORD_ENUM(struct row, change, CHANGE_GONE + 1),
    RECORD_FLAG(struct row, v6only),
};
const struct record_shape record_row = RECORD_SHAPE_OF(row_fields);

/* The algorithm's figures and TCP_INFO are as the kernel's structs keep them. */
static const struct record_field detail_fields[] = {
    RECORD_ENUM(struct socket_detail, known, DETAIL_EVERYTHING + 1),
    RECORD_NUMBER(struct socket_detail, rmem_alloc),
    RECORD_NUMBER(struct socket_detail, rcvbuf),
    RECORD_NUMBER(struct socket_detail, wmem_alloc),
    RECORD_NUMBER(struct socket_detail, sndbuf),
    RECORD_NUMBER(struct socket_detail, fwd_alloc),
    RECORD_NUMBER(struct socket_detail, wmem_queued),
    RECORD_NUMBER(struct socket_detail, optmem),
    RECORD_NUMBER(struct socket_detail, backlog),
    RECORD_NUMBER(struct socket_detail, drops),
    RECORD_NUMBER(struct socket_detail, mark),
    RECORD_NUMBER(struct socket_detail, class_id),
    RECORD_NUMBER(struct socket_detail, options),
    RECORD_NUMBER(struct socket_detail, md5_keys),
    RECORD_NUMBER(struct socket_detail, groups),
    RECORD_NUMBER(struct socket_detail, vfs_inode),
    RECORD_NUMBER(struct socket_detail, vfs_device),
    RECORD_NUMBER(struct socket_detail, packet_version),
    RECORD_NUMBER(struct socket_detail, packet_flags),
    RECORD_NUMBER(struct socket_detail, waiting),
    RECORD_NUMBER(struct socket_detail, cgroup_id),
    RECORD_NUMBER(struct socket_detail, tos),
    RECORD_NUMBER(struct socket_detail, tclass),
    RECORD_NUMBER(struct socket_detail, shutdown),
    RECORD_TEXT(struct socket_detail, congestion),
    RECORD_TEXT(struct socket_detail, ulp),
    RECORD_ENUM(struct socket_detail, algorithm.which, ALGORITHM_BBR + 1),
    RECORD_BYTES(struct socket_detail, algorithm.bbr),
    RECORD_ENUM(struct socket_detail, info_bytes, DETAIL_INFO_BYTES + 1),
};
static const struct record_shape detail_shape = RECORD_SHAPE_OF(detail_fields);
_Static_assert(sizeof(((struct algorithm_info *)0)->bbr) ==
                   sizeof(struct algorithm_info) - offsetof(struct algorithm_info, bbr),
               "the largest of the union is kept");

void record_put_detail(struct record_bytes *b, const struct socket_detail *d)
{
    record_put_shape(b, &detail_shape, d);
    record_put(b, d->info, d->info_bytes);
}

void record_get_detail(struct cursor *c, struct socket_detail *ret)
{
    const uint8_t *info;

    record_get_shape(c, &detail_shape, ret);
    info = cursor_take(c, ret->info_bytes);
    if (info)
        memcpy(ret->info, info, ret->info_bytes);
}

/* --- all of it ---------------------------------------------------------------------------- */

uint32_t record_shapes_digest(void)
{
    static const struct record_shape *const shapes[] = {
        &record_session, &record_server,        &reply_shape,     &record_call, &record_passage,
        &record_packet, &record_kernel_event, &interface_shape, &meter_shape, &value_shape,
        &values_shape,  &record_row,          &detail_shape};
    const uint16_t order = 1;
    uint32_t digest = *(const uint8_t *)&order ? UINT32_C(2166136261) : UINT32_C(84696351);

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        digest = record_shape_digest(digest, shapes[i]);
    return record_names_digest(digest);
}
