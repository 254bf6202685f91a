#include "tests/unit/screen.h"

enum { CLIENT = 51826, SERVER = 65432 };

static void focus_on_client(struct screen *s)
{
    struct row row = a_row(13, STATE_ESTABLISHED, CLIENT, SERVER);
    struct focus focus = model_focus_of_row(&s->m, &row);

    model_focus(&s->m, &focus);
}

/* A handshake, twelve bytes, the same again, a reset, and a packet of another flow. */
static void conversation(struct screen *s)
{
    focus_on_client(s);
    put_segment(s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_segment(s, 21000, SERVER, CLIENT, TCP_FLAG_SYN | TCP_FLAG_ACK, 900, "");
    put_segment(s, 30000, 4444, 5555, TCP_FLAG_SYN, 1, "");
    put_segment(s, 1204017000, CLIENT, SERVER, TCP_FLAG_PSH | TCP_FLAG_ACK, 101,
                "Hello, world");
    put_segment(s, 1404020000, CLIENT, SERVER, TCP_FLAG_PSH | TCP_FLAG_ACK, 101,
                "Hello, world");
    put_segment(s, 2000000000, SERVER, CLIENT, TCP_FLAG_RST, 901, "");
    screen_tick(s);
}

static void show(void **state)
{
    static const char *const screen[] = {NULL};
    struct screen s;
    (void)state;
    screen_open(&s, &ladder_panel, 20, 80);
    conversation(&s);
    screen_expect(&s, screen);
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(show),
    };

    return cmocka_run_group_tests_name("ladder_panel", tests, NULL, NULL);
}
