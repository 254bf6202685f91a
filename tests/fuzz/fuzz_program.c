/* Whatever a session sent, received or called its socket, the program that repeats it is the same
 * code: strings and comments aside, as where all of it had been the letter a.  And it is plain
 * ASCII, its strings end on their line, its comments where they should. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/report/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t take(struct input *in)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->at++;
}

static bool moves_bytes(const struct call *call)
{
    return call->name >= CALL_SEND && call->name <= CALL_RECVMSG;
}

static bool has_name(const struct call *call)
{
    return call->name == CALL_BIND || call->name == CALL_CONNECT ||
           call->name == CALL_ACCEPT4 || call->name == CALL_GETSOCKNAME;
}

static void name_option(struct call *call, struct input *in)
{
    static const struct {
        int level, option;
    } options[] = {{SOL_SOCKET, SO_RCVBUF},
                   {SOL_SOCKET, SO_ERROR},
                   {SOL_SOCKET, SO_BINDTODEVICE},
                   {SOL_SOCKET, SO_ATTACH_FILTER},
                   {IPPROTO_TCP, TCP_CONGESTION},
                   {SOL_SOCKET, SO_LINGER},
                   {4711, 4711}};
    size_t i = take(in) % (sizeof(options) / sizeof(options[0]));

    call->a = options[i].level;
    call->b = options[i].option;
}

/* One call; its bytes in `bytes` of 256. */
static struct call take_call(struct input *in, uint8_t bytes[256], size_t *ret_len)
{
    static const int errors[] = {0, 0, 0, ECONNREFUSED, EAGAIN, EPIPE, EINPROGRESS, 4242};
    struct call call = {.session_id = 2, .fd = 5, .name = take(in) % CALL_NAMES};
    size_t len = take(in);

    call.error = errors[take(in) % 8];
    for (size_t i = 0; i < len; i++)
        bytes[i] = take(in);
    call.a = take(in) % 64;
    call.b = take(in);
    call.d = 16;
    if (call.name == CALL_SETSOCKOPT || call.name == CALL_GETSOCKOPT)
        name_option(&call, in);
    if (has_name(&call) && len && take(in) % 2) {
        call.addr.family = AF_UNIX;
        len = len < 108 ? len : 108;
        call.path_len = (uint8_t)len;
    } else {
        call.addr = addr_make(take(in) % 2 ? AF_INET : AF_INET6, "0123456789abcdef", 7);
    }
    call.result = call.error ? -1 : moves_bytes(&call) ? (int64_t)len : 6;
    call.length = len + take(in) % 3;
    *ret_len = len;
    return call;
}

/* What a name is, its first byte says; numbers are no text. */
static void make_plain(const struct call *call, uint8_t *bytes, size_t len)
{
    size_t kept = call->path_len ? 1 : 0;

    if (len == sizeof(int) && !moves_bytes(call) && !call->path_len)
        return;
    memset(bytes + kept, 'a', len - kept);
}

static struct ring *journal_of(struct input in, bool plain)
{
    struct ring *journal = ring_new_loose(256, sizeof(struct call), 1 << 16);
    struct call first = {.session_id = 2, .name = CALL_SOCKET, .result = 5, .fd = -1};

    journal_keep_data(journal, CALL_KEPT_BYTES);
    ring_put(journal, &first, NULL, 0);
    for (int i = 0; i < 100 && in.left; i++) {
        uint8_t bytes[256];
        size_t len;
        struct call call = take_call(&in, bytes, &len);

        if (plain)
            make_plain(&call, bytes, len);
        call.data_len = (uint8_t)(len < CALL_DATA_BYTES ? len : CALL_DATA_BYTES);
        memcpy(call.data, bytes, call.data_len);
        ring_put(journal, &call, bytes, len > CALL_DATA_BYTES ? len : 0);
    }
    return journal;
}

/* The program without what stands in its strings and comments, the caller's; "" ends it. */
static char *skeleton(const char *text, bool c_language)
{
    enum { CODE, STRING, BLOCK, LINE } state = CODE;
    char *out = mem_new(strlen(text) + 1, 1), *at = out;

    for (; *text; text++) {
        if ((*text < 0x20 && *text != '\n') || *text > 0x7e)
            abort();
        if (state == STRING) {
            if (*text == '\\')
                text++;
            else if (*text == '"')
                state = CODE;
            if (*text == '\n' || !*text)
                abort();
        } else if (state == BLOCK) {
            if (text[0] == '/' && text[1] == '*')
                abort();
            if (text[0] == '*' && text[1] == '/') {
                state = CODE;
                text++;
            }
        } else if (state == LINE) {
            state = *text == '\n' ? CODE : LINE;
        } else if (*text == '"') {
            state = STRING;
            *at++ = '"';
        } else if (c_language && text[0] == '/' && text[1] == '*') {
            state = BLOCK;
            text++;
        } else if (!c_language && *text == '#') {
            state = LINE;
        } else {
            *at++ = *text;
        }
    }
    if (state != CODE)
        abort();
    return out;
}

static char *write_skeleton(const struct program *p, enum program_language language)
{
    char *text = NULL, *bones;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        abort();
    program_write(out, p, language);
    fclose(out);
    bones = skeleton(text, language == PROGRAM_C);
    free(text);
    return bones;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session_status session = {.id = 2};
    struct input in = {data, size};
    struct ring *journals[2] = {journal_of(in, false), journal_of(in, true)};
    struct program programs[2];
    int r[2];

    for (int i = 0; i < 2; i++)
        r[i] = program_make(journals[i], &session, NULL, &programs[i], NULL);
    if (r[0] != r[1])
        abort();
    for (int language = PROGRAM_PYTHON; language <= PROGRAM_C && r[0] == 0; language++) {
        char *a = write_skeleton(&programs[0], (enum program_language)language);
        char *b = write_skeleton(&programs[1], (enum program_language)language);

        if (strcmp(a, b) != 0)
            abort();
        free(a);
        free(b);
    }
    for (int i = 0; i < 2; i++) {
        if (r[i] == 0)
            program_done(&programs[i]);
        ring_free(journals[i]);
    }
    return 0;
}
