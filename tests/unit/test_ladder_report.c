#include "tests/unit/ladder_wire.h"

#include "core/report/ladder.h"

struct written {
    size_t len;
    char bytes[1 << 20];
};

static int take(void *ctx, const char *bytes, size_t len)
{
    struct written *w = ctx;

    assert_true(w->len + len < sizeof(w->bytes));
    memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
    w->bytes[w->len] = '\0';
    return 0;
}

static struct written written;

static const char *report(const struct wire *w, struct ladder_shape shape)
{
    written.len = 0;
    written.bytes[0] = '\0';
    assert_int_equal(ladder_report(w->ladder, &shape, take, &written), 0);
    return written.bytes;
}

static void expect(const char *text, const char *wanted)
{
    if (strcmp(text, wanted) != 0) {
        print_message("%s", text);
        fail_msg("the report is not as expected; above is what it is");
    }
}

/* Opened, a stall of a second, data, closed. */
static void conversation(struct wire *w)
{
    wire_open(w, 100);
    wire_call(w, 0, WIRE_CLIENT, "connect(127.0.0.1:65432) = 0");
    wire_handshake(w);
    wire_call(w, 95, WIRE_CLIENT, "send(1000) = 1000");
    wire_out(w, 100, W_PSH | W_ACK, 1, 1, 65495, 1000);
    wire_in(w, 110, W_ACK, 1, 1001, 0, 0);
    wire_in(w, 1000110, W_ACK, 1, 1001, 4000, 0);
    for (uint32_t i = 0; i < 3; i++)
        wire_out(w, 1000120 + i, W_ACK, 1001 + 1000 * i, 1, 65495, 1000);
    wire_in(w, 1000130, W_RST, 1, 0, 0, 0);
}

static void try_it(void **state)
{
    struct wire w;
    (void)state;
    conversation(&w);
    expect(report(&w, (struct ladder_shape){.width = 80, .ascii = true}), "");
    wire_close(&w);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(try_it),
    };

    return cmocka_run_group_tests_name("ladder_report", tests, NULL, NULL);
}
