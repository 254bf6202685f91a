/* The error reference: complete, true to this C library, and hard to break. */
#include "core/model/errors.h"

#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* clang-format off */
/* Every number that an entry or an alias may have, from <errno.h> and <netdb.h>. */
#define ERRNOS(X)                                                                              \
    X(EPERM) X(ENOENT) X(ESRCH) X(EINTR) X(EIO) X(ENXIO) X(E2BIG) X(ENOEXEC) X(EBADF)          \
    X(ECHILD) X(EAGAIN) X(EWOULDBLOCK) X(ENOMEM) X(EACCES) X(EFAULT) X(ENOTBLK) X(EBUSY)       \
    X(EEXIST) X(EXDEV) X(ENODEV) X(ENOTDIR) X(EISDIR) X(EINVAL) X(ENFILE) X(EMFILE) X(ENOTTY)  \
    X(ETXTBSY) X(EFBIG) X(ENOSPC) X(ESPIPE) X(EROFS) X(EMLINK) X(EPIPE) X(EDOM) X(ERANGE)      \
    X(EDEADLK) X(EDEADLOCK) X(ENAMETOOLONG) X(ENOLCK) X(ENOSYS) X(ENOTEMPTY) X(ELOOP)          \
    X(ENOMSG) X(EIDRM) X(EBADE) X(EBADFD) X(EBADMSG) X(EBADR) X(ECANCELED) X(ECOMM)            \
    X(ECONNABORTED) X(ECONNREFUSED) X(ECONNRESET) X(EDESTADDRREQ) X(EDOTDOT) X(EDQUOT)         \
    X(EHOSTDOWN) X(EHOSTUNREACH) X(EILSEQ) X(EINPROGRESS) X(EISCONN) X(EKEYEXPIRED)            \
    X(EKEYREJECTED) X(EKEYREVOKED) X(EMSGSIZE) X(EMULTIHOP) X(ENETDOWN) X(ENETRESET)           \
    X(ENETUNREACH) X(ENOANO) X(ENOBUFS) X(ENODATA) X(ENOKEY) X(ENOLINK) X(ENONET) X(ENOPKG)    \
    X(ENOPROTOOPT) X(ENOSR) X(ENOSTR) X(ENOTCONN) X(ENOTSOCK) X(ENOTSUP) X(ENOTUNIQ)           \
    X(EOPNOTSUPP) X(EOVERFLOW) X(EPFNOSUPPORT) X(EPROTO) X(EPROTONOSUPPORT) X(EPROTOTYPE)      \
    X(EREMOTE) X(EREMOTEIO) X(ESHUTDOWN) X(ESOCKTNOSUPPORT) X(ESTALE) X(ETIME) X(ETIMEDOUT)    \
    X(ETOOMANYREFS) X(EUSERS) X(EADDRINUSE) X(EADDRNOTAVAIL) X(EAFNOSUPPORT) X(EALREADY)  \
    X(ECHRNG) X(EL2NSYNC) X(EL3HLT) X(EL3RST) X(ELNRNG) X(EUNATCH) X(ENOCSI) X(EL2HLT)         \
    X(EBADSLT) X(EBFONT) X(EADV) X(ESRMNT) X(EREMCHG) X(ENOTNAM) X(ENAVAIL) X(EISNAM)          \
    X(EXFULL) X(EBADRQC) X(ELIBACC) X(ELIBBAD) X(ELIBSCN) X(ELIBMAX) X(ELIBEXEC) X(ERESTART)   \
    X(ESTRPIPE) X(EUCLEAN) X(ENOMEDIUM) X(EMEDIUMTYPE) X(EOWNERDEAD) X(ENOTRECOVERABLE)        \
    X(ERFKILL) X(EHWPOISON)

#define EAIS(X)                                                                                \
    X(EAI_BADFLAGS) X(EAI_NONAME) X(EAI_AGAIN) X(EAI_FAIL) X(EAI_NODATA) X(EAI_FAMILY)         \
    X(EAI_SOCKTYPE) X(EAI_SERVICE) X(EAI_ADDRFAMILY) X(EAI_MEMORY) X(EAI_SYSTEM)               \
    X(EAI_OVERFLOW) X(EAI_INPROGRESS) X(EAI_CANCELED) X(EAI_NOTCANCELED) X(EAI_ALLDONE)        \
    X(EAI_INTR) X(EAI_IDN_ENCODE)
/* clang-format on */

static const struct macro {
    const char *name;
    int number;
} macros[] = {
#define X(name) {#name, name},
    ERRNOS(X) EAIS(X)
#undef X
};

/* What the ERRORS section of each page lists (man-pages 6.03). */
static const struct page {
    const char *call; /* in "calls" of each; NULL: a page of section 7, names only */
    const char *names;
} pages[] = {
    {"socket", "EACCES EAFNOSUPPORT EINVAL EMFILE ENFILE ENOBUFS ENOMEM EPROTONOSUPPORT"},
    {"bind", "EACCES EADDRINUSE EADDRNOTAVAIL EBADF EFAULT EINVAL ELOOP ENAMETOOLONG ENOENT "
             "ENOMEM ENOTDIR ENOTSOCK EROFS"},
    {"listen", "EADDRINUSE EBADF ENOTSOCK EOPNOTSUPP"},
    {"accept", "EAGAIN EBADF ECONNABORTED EFAULT EHOSTDOWN EHOSTUNREACH EINTR EINVAL EMFILE "
               "ENETDOWN ENETUNREACH ENFILE ENOBUFS ENOMEM ENONET ENOPROTOOPT ENOSR ENOTSOCK "
               "EOPNOTSUPP EPERM EPROTO EPROTONOSUPPORT ESOCKTNOSUPPORT ETIMEDOUT EWOULDBLOCK"},
    {"connect", "EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF "
                "ECONNREFUSED EFAULT EINPROGRESS EINTR EISCONN ENETUNREACH ENOTSOCK EPERM "
                "EPROTOTYPE ETIMEDOUT"},
    {"send", "EACCES EAGAIN EALREADY EBADF ECONNRESET EDESTADDRREQ EFAULT EINTR EINVAL EISCONN "
             "EMSGSIZE ENOBUFS ENOMEM ENOTCONN ENOTSOCK EOPNOTSUPP EPIPE EWOULDBLOCK"},
    {"recv", "EAGAIN EBADF ECONNREFUSED EFAULT EINTR EINVAL ENOMEM ENOTCONN ENOTSOCK"},
    {"shutdown", "EBADF EINVAL ENOTCONN ENOTSOCK"},
    {"close", "EBADF EDQUOT EINTR EIO ENOSPC"},
    {"getsockopt", "EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK"},
    {"setsockopt", "EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK"},
    {"getsockname", "EBADF EFAULT EINVAL ENOBUFS ENOTSOCK"},
    {"getpeername", "EBADF EFAULT EINVAL ENOBUFS ENOTCONN ENOTSOCK"},
    {"socketpair", "EAFNOSUPPORT EFAULT EMFILE ENFILE EOPNOTSUPP EPROTONOSUPPORT"},
    {"select", "EBADF EINTR EINVAL ENOMEM"},
    {"poll", "EFAULT EINTR EINVAL ENOMEM"},
    {"epoll_create", "EINVAL EMFILE ENFILE ENOMEM"},
    {"epoll_ctl", "EBADF EEXIST EINVAL ELOOP ENOENT ENOMEM ENOSPC EPERM"},
    {"epoll_wait", "EBADF EFAULT EINTR EINVAL"},
    {"getaddrinfo", "EAI_ADDRFAMILY EAI_AGAIN EAI_BADFLAGS EAI_FAIL EAI_FAMILY EAI_MEMORY "
                    "EAI_NODATA EAI_NONAME EAI_SERVICE EAI_SOCKTYPE EAI_SYSTEM"},
    {"getnameinfo", "EAI_AGAIN EAI_BADFLAGS EAI_FAIL EAI_FAMILY EAI_MEMORY EAI_NONAME "
                    "EAI_OVERFLOW EAI_SYSTEM"},
    {"getaddrinfo_a", "EAI_AGAIN EAI_ALLDONE EAI_CANCELED EAI_INPROGRESS EAI_INTR EAI_MEMORY "
                      "EAI_NOTCANCELED EAI_SYSTEM"},
    {NULL /* ip(7) */, "EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN EALREADY ECONNABORTED "
                       "EHOSTUNREACH EINVAL EISCONN EMSGSIZE ENOBUFS ENOENT ENOMEM ENOPKG "
                       "ENOPROTOOPT ENOTCONN EOPNOTSUPP EPERM EPIPE ESOCKTNOSUPPORT"},
    {NULL /* ipv6(7), tcp(7), udp(7) */, "ENODEV EAFNOSUPPORT EPIPE ETIMEDOUT ECONNREFUSED"},
    {NULL /* unix(7) */,
     "EADDRINUSE EBADF ECONNREFUSED ECONNRESET EFAULT EINVAL EISCONN ENFILE "
     "ENOENT ENOMEM ENOTCONN EOPNOTSUPP EPERM EPIPE EPROTONOSUPPORT "
     "EPROTOTYPE ESOCKTNOSUPPORT ESRCH ETOOMANYREFS"},
    {NULL /* raw(7) */, "EACCES EFAULT EINVAL EMSGSIZE EOPNOTSUPP EPERM EPROTO"},
    {NULL /* packet(7) */,
     "EADDRNOTAVAIL EFAULT EINVAL EMSGSIZE ENETDOWN ENOBUFS ENODEV ENOENT "
     "ENOTCONN ENXIO EPERM"},
};

static int load(void **state)
{
    struct err err = {0};
    char text[600];

    (void)state;
    if (error_reference_load(&err) == 0)
        return 0;
    err_format(&err, text, sizeof(text));
    print_error("%s\n", text);
    return -1;
}

static const struct macro *macro_of(const char *name)
{
    for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
        if (strcmp(macros[i].name, name) == 0)
            return &macros[i];
    return NULL;
}

static void every_name_is_a_macro_of_that_number(void **state)
{
    (void)state;
    assert_true(error_count() > 0);
    for (size_t i = 0; i < error_count(); i++) {
        const struct error_entry *e = error_at(i);
        const struct macro *macro = macro_of(e->name);

        if (!macro || macro->number != e->number ||
            (e->kind == ERROR_EAI) != (strncmp(e->name, "EAI_", 4) == 0))
            fail_msg("%s is not %d", e->name, e->number);
        for (size_t a = 0; a < e->aliases.n; a++)
            assert_int_equal(macro_of(e->aliases.list[a])->number, e->number);
    }
    assert_null(error_at(error_count()));
}

static void entries_are_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    for (size_t i = 1; i < error_count(); i++) {
        const struct error_entry *a = error_at(i - 1), *b = error_at(i);

        assert_true(a->kind <= b->kind);
        assert_true(a->kind != b->kind || abs(a->number) < abs(b->number));
    }
}

static bool gives(const struct error_entry *e, const char *call)
{
    for (size_t i = 0; i < e->calls.n; i++)
        if (strcmp(e->calls.list[i], call) == 0)
            return true;
    return false;
}

static void every_documented_error_is_explained_for_its_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        char names[600], *rest = names, *name;

        snprintf(names, sizeof(names), "%s", pages[i].names);
        while ((name = strtok_r(rest, " ", &rest))) {
            const struct error_entry *e = error_by_name(name);

            if (!e || (pages[i].call && !gives(e, pages[i].call)))
                fail_msg("%s of %s is not there", name,
                         pages[i].call ? pages[i].call : "section 7");
        }
    }
}

static void every_errno_of_the_c_library_is_explained(void **state)
{
    (void)state;
    for (int number = 1; number < 200; number++) {
        const char *name = strerrorname_np(number);
        const struct error_entry *e = error_by_number(ERROR_ERRNO, number);

        if (name && (!e || strcmp(e->name, name) != 0))
            fail_msg("%s (%d) is not there", name, number);
    }
}

static void every_eai_code_is_explained(void **state)
{
    (void)state;
#define X(name)                                                                                \
    assert_non_null(error_by_name(#name));                                                     \
    assert_ptr_equal(error_by_number(ERROR_EAI, name), error_by_name(#name));
    EAIS(X)
#undef X
}

/* Only what sockeye has; the words of a command line as they must be typed. */
static void programs_named_to_try_exist(void **state)
{
    static const char *const subcommands[] = {"sockets", "connect", "serve",
                                              "resolve", "capture", "ping",
                                              "message", "why",     "errors"};

    (void)state;
    for (size_t i = 0; i < error_count(); i++)
        for (size_t t = 0; t < error_at(i)->tries.n; t++) {
            const char *at = error_at(i)->tries.list[t];

            while ((at = strstr(at, "sockeye "))) {
                size_t known = 0;

                at += strlen("sockeye ");
                for (size_t s = 0; s < sizeof(subcommands) / sizeof(subcommands[0]); s++)
                    known += strncmp(at, subcommands[s], strlen(subcommands[s])) == 0;
                if (!known)
                    fail_msg("%s: sockeye %s", error_at(i)->name, at);
            }
        }
}

static void sentences_end_and_the_first_thing_to_try_fits_a_hint(void **state)
{
    (void)state;
    for (size_t i = 0; i < error_count(); i++) {
        const struct error_entry *e = error_at(i);

        assert_int_equal(e->meaning[strlen(e->meaning) - 1], '.');
        assert_true(strlen(e->tries.list[0]) + strlen("try: ") < ERR_TEXT_BYTES);
        assert_non_null(strchr(e->man, '('));
        assert_true(error_sentence(e)[0] != '\0');
    }
}

/* What framed messages (core/message/) fail with: the first thing to try is shown as a hint. */
static void what_is_wrong_with_a_message_is_explained_for_messages(void **state)
{
    const char *const names[] = {"EILSEQ", "EBADMSG", "E2BIG"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct error_entry *e = error_by_name(names[i]);
        bool explained = false;

        assert_non_null(e);
        assert_true(gives(e, "message"));
        for (size_t c = 0; c < e->causes.n; c++)
            explained |= strstr(e->causes.list[c], "message") != NULL;
        assert_true(explained);
        assert_non_null(strstr(e->tries.list[0], "sockeye message"));
    }
}

static void found_by_name_alias_and_number(void **state)
{
    (void)state;
    assert_int_equal(error_by_name("econnRefused")->number, ECONNREFUSED);
    assert_string_equal(error_by_name("EWOULDBLOCK")->name, "EAGAIN");
    assert_string_equal(error_by_name("ENOTSUP")->name, "EOPNOTSUPP");
    assert_string_equal(error_by_name("EDEADLOCK")->name, "EDEADLK");
    assert_string_equal(error_by_number(ERROR_ERRNO, 111)->name, "ECONNREFUSED");
    assert_string_equal(error_by_number(ERROR_ERRNO, -111)->name, "ECONNREFUSED");
    assert_string_equal(error_by_number(ERROR_EAI, -3)->name, "EAI_AGAIN");
    assert_null(error_by_number(ERROR_EAI, 3));
    assert_null(error_by_number(ERROR_ERRNO, 0));
    assert_null(error_by_name("ENOSUCH"));
    assert_null(error_by_name(""));
    assert_string_equal(error_sentence(error_by_name("ECONNREFUSED")), "Connection refused");
}

static void a_symbol_says_more_than_its_errno(void **state)
{
    struct err err = {0};

    (void)state;
    assert_string_equal(error_explain(-ENOENT, "EAI_NONAME")->name, "EAI_NONAME");
    assert_string_equal(error_explain(-ENOENT, "")->name, "ENOENT");
    assert_null(error_explain(0, ""));
    err_set(&err, -EINVAL, "parse", "x", "no number");
    assert_null(error_of(&err));
    err_set(&err, -EINVAL, "bind", "x", "%s", "");
    assert_string_equal(error_of(&err)->name, "EINVAL");
}

static void a_failure_without_a_hint_gets_what_to_try(void **state)
{
    const struct error_entry *e = error_by_name("ECONNREFUSED");
    char text[600], expected[600];
    struct err err;

    (void)state;
    err_set(&err, -ECONNREFUSED, "connect", "127.0.0.1:1", "%s", "");
    error_format(&err, text, sizeof(text));
    snprintf(expected, sizeof(expected),
             "connect 127.0.0.1:1: Connection refused (ECONNREFUSED); try: %s",
             e->tries.list[0]);
    assert_string_equal(text, expected);
    err_hint(&err, "knock twice");
    error_format(&err, text, sizeof(text));
    assert_string_equal(text,
                        "connect 127.0.0.1:1: Connection refused (ECONNREFUSED); knock twice");
    err_set(&err, -ENODEV, "resolve", "eth9", "the zone is no interface");
    error_format(&err, text, sizeof(text));
    assert_null(strstr(text, "try:"));
    err_set(&err, -ENOENT, "resolve", "nowhere", "Name or service not known");
    strcpy(err.symbol, "EAI_NONAME");
    error_format(&err, text, sizeof(text));
    assert_non_null(strstr(text, "EAI_NONAME; try: sockeye resolve"));
}

/* --- a broken file ---------------------------------------------------------------------- */

static int load_text(const char *text, struct err *err)
{
    char path[] = "/tmp/test_errors.XXXXXX";
    int fd = mkstemp(path), r;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    r = error_reference_load_from(path, err);
    unlink(path);
    return r;
}

#define ENTRY(name, number, meaning)                                                           \
    "{\"name\": " name ", \"number\": " number ", \"kind\": \"errno\", \"calls\": [\"send\"]," \
    " \"meaning\": " meaning ", \"causes\": [\"c\"], \"try\": [\"t\"], \"man\": \"m(2)\"}"

static void a_broken_file_is_refused_and_the_fault_named(void **state)
{
    static const struct {
        const char *text, *said;
    } broken[] = {
        {"", "no JSON from line 1"},
        {"[\n{\"name\":\n", "no JSON from line"},
        {"{}", "no array"},
        {"[]", "no array of entries"},
        {"[1]", "entry 1 (?): \"name\" is missing"},
        {"[" ENTRY("\"EX\"", "1", "\"m\"") "] x", "no JSON"},
        {"[" ENTRY("\"EX\"", "1", "\"m\"") ",\n" ENTRY("\"EY\"", "2", "3") "]",
         "entry 2 (EY): \"meaning\" is missing or no string"},
        {"[" ENTRY("\"EX\"", "1.5", "\"m\"") "]", "\"number\" is missing or no whole number"},
        {"[" ENTRY("\"EX\"", "1", "\"\\u001b[2J\"") "]", "not printable ASCII"},
        {"[" ENTRY("\"ENAMETHATISMUCHTOOLONGFORONE\"", "1", "\"m\"") "]", "too long"},
        {"[" ENTRY("\"EX\"", "1", "\"m\"") "," ENTRY("\"ex\"", "2", "\"m\"") "]",
         "is that of another entry"},
        {"[" ENTRY("\"EX\"", "1", "\"m\"") "," ENTRY("\"EY\"", "1", "\"m\"") "]",
         "is that of another entry"},
        {"[{\"name\": \"EX\", \"number\": 1, \"kind\": \"signal\"}]", "neither \"errno\""},
        {"[{\"name\": \"EX\", \"number\": 1, \"kind\": \"eai\", \"calls\": []}]", "is empty"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct err err = {0};
        char text[600];

        assert_int_equal(load_text(broken[i].text, &err), -EINVAL);
        err_format(&err, text, sizeof(text));
        if (!strstr(text, broken[i].said))
            fail_msg("%zu: %s", i, text);
        assert_string_equal(error_by_name("ECONNREFUSED")->name, "ECONNREFUSED");
    }
}

static void a_file_with_too_much_is_refused(void **state)
{
    static char text[(ERRORS_MAX + 1) * 200];
    size_t used = 0;
    struct err err;

    (void)state;
    for (int i = 0; i <= ERRORS_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "%s" ENTRY("\"E%d\"", "%d", "\"m\""), i ? "," : "[", i, i);
    snprintf(text + used, sizeof(text) - used, "]");
    assert_int_equal(load_text(text, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "more than 256"));
}

static void a_missing_file_is_an_error_in_words(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(error_reference_load_from("/no/such/errors.json", &err), -ENOENT);
    assert_string_equal(err.input, "/no/such/errors.json");
}

static void another_file_takes_the_place(void **state)
{
    (void)state;
    assert_int_equal(load_text("[" ENTRY("\"EX\"", "1", "\"m\"") "]", NULL), 0);
    assert_int_equal(error_count(), 1);
    assert_string_equal(error_by_number(ERROR_ERRNO, EPERM)->name, "EX");
    assert_null(error_by_name("ECONNREFUSED"));
    assert_int_equal(error_reference_load(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_a_macro_of_that_number),
        cmocka_unit_test(entries_are_in_the_order_of_their_numbers),
        cmocka_unit_test(every_documented_error_is_explained_for_its_call),
        cmocka_unit_test(every_errno_of_the_c_library_is_explained),
        cmocka_unit_test(every_eai_code_is_explained),
        cmocka_unit_test(programs_named_to_try_exist),
        cmocka_unit_test(sentences_end_and_the_first_thing_to_try_fits_a_hint),
        cmocka_unit_test(what_is_wrong_with_a_message_is_explained_for_messages),
        cmocka_unit_test(found_by_name_alias_and_number),
        cmocka_unit_test(a_symbol_says_more_than_its_errno),
        cmocka_unit_test(a_failure_without_a_hint_gets_what_to_try),
        cmocka_unit_test(a_broken_file_is_refused_and_the_fault_named),
        cmocka_unit_test(a_file_with_too_much_is_refused),
        cmocka_unit_test(a_missing_file_is_an_error_in_words),
        cmocka_unit_test(another_file_takes_the_place),
    };

    return cmocka_run_group_tests_name("errors", tests, load, NULL);
}
