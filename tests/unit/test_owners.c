/* Owners of this process's own sockets, which needs no privilege. */
#include "probes/owners.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "probes/proc_stat.h"

#define PATIENCE_NS (10 * CLOCK_SECOND_NS)

static int open_socket(uint32_t *ret_inode)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    *ret_inode = (uint32_t)st.st_ino;
    return fd;
}

static int make_owners(void **state)
{
    *state = owners_new();
    return 0;
}

static int free_owners(void **state)
{
    owners_free(*state);
    return 0;
}

static struct owner owner_of(struct owners *o, uint32_t inode)
{
    struct owner owner;

    assert_int_equal(owners_lookup(o, &inode, 1, &owner), 1);
    assert_int_equal(owner.inode, inode);
    return owner;
}

/* Walks are rationed: "not asked" is a fair answer for a while. */
static struct owner settled_owner_of(struct owners *o, uint32_t inode)
{
    uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
    struct owner owner = owner_of(o, inode);

    while (owner.knowledge == OWNER_NOT_ASKED && clock_now_ns() < deadline_ns) {
        poll(NULL, 0, 1);
        owner = owner_of(o, inode);
    }
    return owner;
}

static void own_socket_is_ours(void **state)
{
    uint32_t inode;
    int fd = open_socket(&inode);
    struct owner owner = owner_of(*state, inode);

    assert_int_equal(owner.knowledge, OWNER_KNOWN);
    assert_int_equal(owner.pid, getpid());
    assert_int_equal(owner.fd, fd);
    assert_int_equal(owner.holders, 1);
    assert_string_equal(owner.comm, "test_owners");
    close(fd);
}

static void doubles_and_zero_are_left_out(void **state)
{
    uint32_t a, b;
    int fd_a = open_socket(&a), fd_b = open_socket(&b);
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    const uint32_t inodes[] = {high, 0, low, high, 0, low, low};
    struct owner owners[7];

    assert_int_equal(owners_lookup(*state, inodes, 7, owners), 2);
    assert_int_equal(owners[0].inode, low);
    assert_int_equal(owners[1].inode, high);
    assert_int_equal(owners[0].knowledge, OWNER_KNOWN);
    assert_int_equal(owners[1].knowledge, OWNER_KNOWN);
    close(fd_a);
    close(fd_b);
}

static void nothing_asked_is_nothing_answered(void **state)
{
    const uint32_t zero = 0;
    struct owner owner;

    assert_int_equal(owners_lookup(*state, &zero, 0, &owner), 0);
    assert_int_equal(owners_lookup(*state, &zero, 1, &owner), 0);
}

static void two_descriptors_are_one_holder(void **state)
{
    uint32_t inode;
    int fd = open_socket(&inode), copy = dup(fd);
    struct owner owner = owner_of(*state, inode);

    assert_int_equal(owner.knowledge, OWNER_KNOWN);
    assert_int_equal(owner.fd, fd < copy ? fd : copy);
    assert_int_equal(owner.holders, 1);
    close(fd);
    close(copy);
}

/* A child that holds our descriptors until it is told to go. */
static pid_t hold_in_a_child(int *ret_leash)
{
    int leash[2];
    pid_t pid;

    assert_int_equal(pipe(leash), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char end;

        close(leash[1]);
        _exit(read(leash[0], &end, 1) == 0 ? 0 : 1);
    }
    close(leash[0]);
    *ret_leash = leash[1];
    return pid;
}

static void let_go(pid_t pid, int leash)
{
    close(leash);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void processes_that_share_it_are_counted(void **state)
{
    uint32_t inode;
    int fd = open_socket(&inode), leash;
    pid_t child = hold_in_a_child(&leash);
    struct owner owner = owner_of(*state, inode);

    assert_int_equal(owner.knowledge, OWNER_KNOWN);
    assert_int_equal(owner.holders, 2);
    assert_true(owner.pid == getpid() || owner.pid == child);
    close(fd);
    let_go(child, leash);
}

static void what_was_found_is_checked_again(void **state)
{
    uint32_t inode;
    int fd = open_socket(&inode), leash;
    pid_t child;
    struct owner owner = owner_of(*state, inode);

    assert_int_equal(owner.knowledge, OWNER_KNOWN);
    child = hold_in_a_child(&leash);
    close(fd);
    /* Now the child alone holds it: the entry that says "us" must not be believed. */
    owner = settled_owner_of(*state, inode);
    assert_int_equal(owner.knowledge, OWNER_KNOWN);
    assert_int_equal(owner.pid, child);
    let_go(child, leash);
}

static void descriptor_that_is_another_socket_now_is_not_believed(void **state)
{
    uint32_t inode, other;
    int fd = open_socket(&inode), fd_other;

    assert_int_equal(owner_of(*state, inode).knowledge, OWNER_KNOWN);
    fd_other = open_socket(&other);
    assert_int_equal(dup2(fd_other, fd), fd);
    close(fd_other);
    assert_int_not_equal(owner_of(*state, inode).knowledge, OWNER_KNOWN);
    assert_int_equal(settled_owner_of(*state, other).fd, fd);
    close(fd);
}

static bool descriptors_can_be_read(const char *pid)
{
    char path[300], link[64];
    const struct dirent *entry;
    bool readable = true;
    DIR *directory;

    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    directory = opendir(path);
    if (!directory)
        return errno == ENOENT;
    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.' &&
            readlinkat(dirfd(directory), entry->d_name, link, sizeof(link)) < 0)
            readable &= errno == ENOENT;
    closedir(directory);
    return readable;
}

static bool all_descriptors_can_be_read(void)
{
    const struct dirent *entry;
    bool readable = access("/proc/1", F_OK) == 0;
    DIR *proc = opendir("/proc");

    assert_non_null(proc);
    while ((entry = readdir(proc)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            readable &= descriptors_can_be_read(entry->d_name);
    closedir(proc);
    return readable;
}

static void closed_socket_has_no_owner(void **state)
{
    uint32_t inode;
    int fd = open_socket(&inode);
    struct owner owner;

    assert_int_equal(owner_of(*state, inode).knowledge, OWNER_KNOWN);
    close(fd);
    owner = settled_owner_of(*state, inode);
    /* Whoever may not look into all processes cannot know that none holds it. */
    assert_int_equal(owner.knowledge,
                     all_descriptors_can_be_read() ? OWNER_NONE : OWNER_NOT_PERMITTED);
    assert_int_equal(owner.pid, 0);
}

static void name_with_escape_bytes_is_cleaned(void **state)
{
    char before[16];
    uint32_t inode;
    int fd = open_socket(&inode);
    struct owner owner;

    assert_int_equal(prctl(PR_GET_NAME, before), 0);
    assert_int_equal(prctl(PR_SET_NAME, "a)\033[2J (b\x9b"), 0);
    owner = owner_of(*state, inode);
    assert_int_equal(prctl(PR_SET_NAME, before), 0);
    assert_int_equal(owner.knowledge, OWNER_KNOWN);
    assert_string_equal(owner.comm, "a)\\x1b[2J (b\\x9b");
    close(fd);
}

static void stat_is_read_behind_the_last_parenthesis(void **state)
{
    static const char line[] = "42 (x) R 1 ) S 1 42 42 0 -1 4194560 117 0 0 0 0 0 0 0 20 0 1 0 "
                               "777 2543616 224 1844\n";
    struct proc_stat stat;

    (void)state;
    assert_int_equal(proc_stat_parse(line, sizeof(line) - 1, &stat), 0);
    assert_int_equal(stat.start_ticks, 777);
    assert_int_equal(stat.comm_len, 7);
    assert_memory_equal(stat.comm, "x) R 1 ", 7);
}

static void cut_stat_is_refused(void **state)
{
    static const char line[] = "42 (x) S 1 42 42 0 -1 4194560 117 0 0 0 0 0 0 0 20 0 1 0 777";
    struct proc_stat stat;

    (void)state;
    assert_int_equal(proc_stat_parse(line, sizeof(line) - 1, &stat), 0);
    for (size_t len = 0; len < sizeof(line) - 4; len++)
        assert_int_equal(proc_stat_parse(line, len, &stat), -EBADMSG);
    assert_int_equal(proc_stat_parse(")(", 2, &stat), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(own_socket_is_ours, make_owners, free_owners),
        cmocka_unit_test_setup_teardown(doubles_and_zero_are_left_out, make_owners,
                                        free_owners),
        cmocka_unit_test_setup_teardown(nothing_asked_is_nothing_answered, make_owners,
                                        free_owners),
        cmocka_unit_test_setup_teardown(two_descriptors_are_one_holder, make_owners,
                                        free_owners),
        cmocka_unit_test_setup_teardown(processes_that_share_it_are_counted, make_owners,
                                        free_owners),
        cmocka_unit_test_setup_teardown(what_was_found_is_checked_again, make_owners,
                                        free_owners),
        cmocka_unit_test_setup_teardown(descriptor_that_is_another_socket_now_is_not_believed,
                                        make_owners, free_owners),
        cmocka_unit_test_setup_teardown(closed_socket_has_no_owner, make_owners, free_owners),
        cmocka_unit_test_setup_teardown(name_with_escape_bytes_is_cleaned, make_owners,
                                        free_owners),
        cmocka_unit_test(stat_is_read_behind_the_last_parenthesis),
        cmocka_unit_test(cut_stat_is_refused),
    };

    return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
