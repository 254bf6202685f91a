/* Owners of sockets: our own and our children's need no privilege; what does is skipped without. */
#include "probes/owners.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/grant.h"
#include "probes/owners_past.h"
#include "probes/owners_table.h"
#include "probes/proc_stat.h"

/* A host with very many sockets is read seldom. */
#define PATIENCE_NS (60 * CLOCK_SECOND_NS)
#define NOBODY 65534

static int open_socket(uint32_t *ret_inode)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    *ret_inode = (uint32_t)st.st_ino;
    return fd;
}

/* What a test looks with, and its last answer. */
struct fixture {
    struct owners *owners;
    struct ownership owned;
};

static int make_owners(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->owners = owners_new();
    *state = f;
    return 0;
}

static int free_owners(void **state)
{
    struct fixture *f = *state;

    ownership_done(&f->owned);
    owners_free(f->owners);
    free(f);
    return 0;
}

static void look(struct fixture *f, const uint32_t *inodes, size_t n)
{
    ownership_done(&f->owned);
    owners_lookup(f->owners, inodes, n, &f->owned);
}

static const struct owner *owner_of(struct fixture *f, uint32_t inode)
{
    look(f, &inode, 1);
    assert_int_equal(f->owned.n_owners, 1);
    assert_int_equal(f->owned.owners[0].inode, inode);
    return &f->owned.owners[0];
}

/* Looks are rationed: "not asked" is a fair answer for a while. */
static const struct owner *settled_owner_of(struct fixture *f, uint32_t inode)
{
    uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
    const struct owner *owner = owner_of(f, inode);

    while (owner->knowledge == OWNER_NOT_ASKED && clock_now_ns() < deadline_ns) {
        poll(NULL, 0, 1);
        owner = owner_of(f, inode);
    }
    return owner;
}

/* The descriptor of a holder, -1 when it holds none. */
static int32_t fd_of(const struct fixture *f, const struct owner *owner, pid_t pid)
{
    for (size_t i = 0; i < owner->n; i++)
        if (owner_process(&f->owned, owner, i)->pid == pid)
            return owner_fd(&f->owned, owner, i);
    return -1;
}

static bool holds_within_patience(struct fixture *f, uint32_t inode, pid_t pid, bool wanted)
{
    uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;

    while ((fd_of(f, owner_of(f, inode), pid) >= 0) != wanted) {
        if (clock_now_ns() > deadline_ns)
            return false;
        poll(NULL, 0, 5);
    }
    return true;
}

static const struct process *process_of(const struct fixture *f, pid_t pid)
{
    for (size_t i = 0; i < f->owned.n_processes; i++)
        if (f->owned.processes[i].pid == pid)
            return &f->owned.processes[i];
    return NULL;
}

static void own_socket_is_ours(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode);
    const struct owner *owner = owner_of(f, inode);
    const struct process *p;

    assert_int_equal(owner->knowledge, OWNER_KNOWN);
    assert_int_equal(owner->n, 1);
    assert_false(owner->past);
    p = owner_process(&f->owned, owner, 0);
    assert_int_equal(p->pid, getpid());
    assert_int_equal(p->uid, geteuid());
    assert_int_equal(owner_fd(&f->owned, owner, 0), fd);
    assert_string_equal(p->comm, "test_owners");
    assert_non_null(strstr(texts_at(&f->owned.texts, p->command), "test_owners"));
    close(fd);
}

static void doubles_and_zero_are_left_out(void **state)
{
    struct fixture *f = *state;
    uint32_t a, b;
    int fd_a = open_socket(&a), fd_b = open_socket(&b);
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    const uint32_t inodes[] = {high, 0, low, high, 0, low, low};

    look(f, inodes, 7);
    assert_int_equal(f->owned.n_owners, 2);
    assert_int_equal(f->owned.owners[0].inode, low);
    assert_int_equal(f->owned.owners[1].inode, high);
    assert_int_equal(f->owned.owners[0].knowledge, OWNER_KNOWN);
    assert_int_equal(f->owned.owners[1].knowledge, OWNER_KNOWN);
    close(fd_a);
    close(fd_b);
}

static void nothing_asked_is_nothing_answered(void **state)
{
    struct fixture *f = *state;
    const uint32_t zero = 0;

    look(f, &zero, 0);
    assert_int_equal(f->owned.n_owners, 0);
    look(f, &zero, 1);
    assert_int_equal(f->owned.n_owners, 0);
}

/* Does nothing but be there. */
static void *be_a_thread(void *leash)
{
    char end;

    return read(*(int *)leash, &end, 1) < 0 ? leash : NULL;
}

static void descriptors_and_threads_are_one_process(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode), copy = dup(fd), leash[2];
    const struct owner *owner;
    pthread_t thread;

    assert_int_equal(pipe(leash), 0);
    assert_int_equal(pthread_create(&thread, NULL, be_a_thread, &leash[0]), 0);
    owner = owner_of(f, inode);
    assert_int_equal(owner->knowledge, OWNER_KNOWN);
    assert_int_equal(owner->n, 2);
    assert_int_equal(owner_fd(&f->owned, owner, 0), fd < copy ? fd : copy);
    assert_int_equal(owner_fd(&f->owned, owner, 1), fd < copy ? copy : fd);
    assert_int_equal(owner_processes(&f->owned, owner), 1);
    close(leash[1]);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(leash[0]);
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

static void all_processes_that_share_it_are_told(void **state)
{
    enum { CHILDREN = 5 };
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode), copy = dup(fd), leashes[CHILDREN];
    pid_t children[CHILDREN];
    const struct owner *owner;

    for (int i = 0; i < CHILDREN; i++)
        children[i] = hold_in_a_child(&leashes[i]);
    owner_of(f, inode);
    /* The first look may stop at the first holder. */
    owner = owner_of(f, inode);
    assert_int_equal(owner->knowledge, OWNER_KNOWN);
    assert_false(owner->incomplete);
    assert_int_equal(owner_processes(&f->owned, owner), CHILDREN + 1);
    assert_int_equal(owner->n, 2 * (CHILDREN + 1));
    assert_true(fd_of(f, owner, getpid()) >= 0);
    for (int i = 0; i < CHILDREN; i++)
        assert_int_equal(fd_of(f, owner, children[i]), fd < copy ? fd : copy);
    close(fd);
    close(copy);
    /* Each holds the leashes of those before it, too. */
    for (int i = CHILDREN; i-- > 0;)
        let_go(children[i], leashes[i]);
}

static void send_descriptor(int to, int fd)
{
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec iov = {&byte, 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    assert_int_equal(sendmsg(to, &m, 0), 1);
}

/* Takes what is sent and holds it until the other side hangs up. */
static void receive_and_hold(int from)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec iov = {&byte, 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};

    while (recvmsg(from, &m, 0) > 0)
        m.msg_controllen = sizeof(control);
    _exit(0);
}

static void socket_that_was_passed_on_has_its_new_holder(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int pair[2], fd;
    pid_t child;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pair[0]);
        receive_and_hold(pair[1]);
    }
    close(pair[1]);
    fd = open_socket(&inode);
    assert_int_equal(fd_of(f, owner_of(f, inode), child), -1);
    send_descriptor(pair[0], fd);
    assert_true(holds_within_patience(f, inode, child, true));
    close(fd);
    assert_true(holds_within_patience(f, inode, getpid(), false));
    assert_true(holds_within_patience(f, inode, child, true));
    let_go(child, pair[0]);
}

static void what_was_found_is_checked_again(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode), leash;
    pid_t child;
    const struct owner *owner;

    assert_int_equal(owner_of(f, inode)->knowledge, OWNER_KNOWN);
    child = hold_in_a_child(&leash);
    close(fd);
    /* Now the child alone holds it: the entry that says "us" must not be believed. */
    owner = settled_owner_of(f, inode);
    assert_int_equal(owner->knowledge, OWNER_KNOWN);
    assert_int_equal(owner->n, 1);
    assert_int_equal(owner_process(&f->owned, owner, 0)->pid, child);
    let_go(child, leash);
}

static void descriptor_that_is_another_socket_now_is_not_believed(void **state)
{
    struct fixture *f = *state;
    uint32_t inode, other;
    int fd = open_socket(&inode), fd_other;

    assert_int_equal(owner_of(f, inode)->knowledge, OWNER_KNOWN);
    fd_other = open_socket(&other);
    assert_int_equal(dup2(fd_other, fd), fd);
    close(fd_other);
    assert_int_not_equal(owner_of(f, inode)->knowledge, OWNER_KNOWN);
    assert_int_equal(fd_of(f, settled_owner_of(f, other), getpid()), fd);
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

/* Whoever may not look into all processes cannot know that none holds it. */
static void assert_nobody_holds(const struct owner *owner)
{
    assert_int_equal(owner->knowledge,
                     all_descriptors_can_be_read() ? OWNER_NONE : OWNER_NOT_PERMITTED);
    assert_int_equal(owner->n, 0);
}

static void closed_socket_has_no_owner(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode);

    assert_int_equal(owner_of(f, inode)->knowledge, OWNER_KNOWN);
    close(fd);
    assert_nobody_holds(settled_owner_of(f, inode));
}

static void process_that_ended_holds_nothing(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode), leash;
    pid_t child = hold_in_a_child(&leash);

    close(fd);
    assert_int_equal(fd_of(f, owner_of(f, inode), child), fd);
    let_go(child, leash);
    assert_nobody_holds(settled_owner_of(f, inode));
}

static pid_t fork_with_pid(pid_t pid)
{
    struct clone_args args = {
        .exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&pid, .set_tid_size = 1};

    return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static uint64_t start_of(pid_t pid)
{
    struct proc_stat stat;
    int directory;

    assert_int_equal(grant_fd_directory(pid, &directory), 0);
    assert_int_equal(proc_stat_read(directory, &stat), 0);
    close(directory);
    return stat.start_ticks;
}

/* Another process that holds the same socket and has the same pid, but began later. */
static pid_t take_its_place(pid_t pid, uint64_t start_ticks)
{
    for (;;) {
        pid_t again = fork_with_pid(pid);

        if (again == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            prctl(PR_SET_NAME, "follower");
            for (;;)
                pause();
        }
        if (again < 0)
            return -errno;
        if (start_of(again) != start_ticks)
            return again;
        kill(again, SIGKILL);
        waitpid(again, NULL, 0);
    }
}

static void pid_that_was_given_again_is_another_process(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode), leash;
    pid_t child = hold_in_a_child(&leash), follower;
    uint64_t before;

    look(f, &inode, 1);
    assert_int_equal(fd_of(f, owner_of(f, inode), child), fd);
    before = process_of(f, child)->start_ticks;
    let_go(child, leash);
    follower = take_its_place(child, before);
    if (follower < 0) {
        print_message("pids may not be chosen here: %s\n", strerror(-follower));
        close(fd);
        skip();
    }
    for (int i = 0; i < 3; i++) {
        owner_of(f, inode);
        if (process_of(f, child))
            assert_int_not_equal(process_of(f, child)->start_ticks, before);
    }
    assert_true(holds_within_patience(f, inode, follower, true));
    assert_int_equal(process_of(f, child)->start_ticks, start_of(follower));
    assert_int_equal(kill(follower, SIGKILL), 0);
    assert_int_equal(waitpid(follower, NULL, 0), follower);
    close(fd);
}

static void process_is_the_same_by_its_start(void **state)
{
    struct seen_process p = {.pid = getpid(), .start_ticks = start_of(getpid())};
    int directory;

    (void)state;
    assert_int_equal(grant_fd_directory(p.pid, &directory), 0);
    assert_true(table_is_same(&p, directory));
    assert_string_equal(p.comm, "test_owners");
    p.start_ticks++;
    memcpy(p.comm, "before", 7);
    assert_false(table_is_same(&p, directory));
    assert_string_equal(p.comm, "before");
    close(directory);
}

static void name_with_escape_bytes_is_cleaned(void **state)
{
    struct fixture *f = *state;
    char before[16];
    uint32_t inode;
    int fd = open_socket(&inode);

    assert_int_equal(prctl(PR_GET_NAME, before), 0);
    assert_int_equal(prctl(PR_SET_NAME, "a)\033[2J (b\x9b"), 0);
    owner_of(f, inode);
    assert_int_equal(prctl(PR_SET_NAME, before), 0);
    assert_string_equal(process_of(f, getpid())->comm, "a)\\x1b[2J (b\\x9b");
    close(fd);
}

static void command_line_is_that_of_the_program_it_became(void **state)
{
    static const char expected[] = "sh -c read x; exit 0 evil\\x1b[2J two";
    struct fixture *f = *state;
    uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
    uint32_t inode;
    int fd = open_socket(&inode), leash[2];
    const struct process *p;
    pid_t child;

    assert_int_equal(pipe(leash), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char byte;

        if (read(leash[0], &byte, 1) == 1 && dup2(leash[0], 0) == 0 && close(leash[1]) == 0)
            execl("/bin/sh", "sh", "-c", "read x; exit 0", "evil\033[2J", "two", "", NULL);
        _exit(1);
    }
    owner_of(f, inode);
    owner_of(f, inode);
    assert_non_null(process_of(f, child));
    assert_string_equal(process_of(f, child)->comm, "test_owners");
    assert_int_equal(write(leash[1], "", 1), 1);
    /* Half way through execve(2) it has no command line. */
    do {
        owner_of(f, inode);
        p = process_of(f, child);
        assert_true(clock_now_ns() < deadline_ns);
    } while (!p || strcmp(p->comm, "sh") != 0 || !p->command);
    assert_string_equal(texts_at(&f->owned.texts, p->command), expected);
    close(leash[0]);
    let_go(child, leash[1]);
    close(fd);
}

/* A child that is nobody and may look into no process but its own; its exit status is a count of
 * what is not as it should be, 200 where the trial cannot be made. */
static int look_as_nobody(uint32_t foreign, bool hide)
{
    struct owners *o = owners_new();
    uint32_t own;
    int fd = open_socket(&own), wrong = 0;
    const uint32_t inodes[] = {foreign, own};
    struct ownership owned;
    const struct owner *owner;

    if (hide && (unshare(CLONE_NEWNS) < 0 ||
                 mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
                 mount("proc", "/proc", "proc", 0, "hidepid=2") < 0))
        return 200;
    if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
        prctl(PR_SET_DUMPABLE, 1) < 0)
        return 200;
    owners_lookup(o, inodes, 2, &owned);
    owner = ownership_find(&owned, foreign);
    wrong += !owner || owner->knowledge != OWNER_NOT_PERMITTED || owner->n;
    owner = ownership_find(&owned, own);
    wrong += !owner || owner->knowledge != OWNER_KNOWN || owner->n != 1 ||
             owner_process(&owned, owner, 0)->uid != NOBODY;
    wrong += !owned.hides;
    ownership_done(&owned);
    owners_free(o);
    close(fd);
    return wrong;
}

static void expect_not_permitted(bool hide)
{
    uint32_t inode;
    int fd, status;
    pid_t child;

    if (geteuid() != 0) {
        print_message("only root can become another user\n");
        skip();
    }
    fd = open_socket(&inode);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fd);
        _exit(look_as_nobody(inode, hide));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(fd);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 200) {
        print_message("this root may not change its user or mount\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void unreadable_processes_are_not_permitted(void **state)
{
    (void)state;
    expect_not_permitted(false);
}

static void hidden_processes_are_not_permitted(void **state)
{
    (void)state;
    expect_not_permitted(true);
}

enum { MANY = 1500 };

static void many_descriptors_are_allowed(void)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 3 * MANY ? limit.rlim_max : 3 * MANY;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < 3 * MANY) {
        print_message("no %d descriptors are allowed\n", 3 * MANY);
        skip();
    }
}

/* Sockets between other files, with gaps. */
static void open_many(int fds[MANY], uint32_t inodes[MANY])
{
    for (int i = 0; i < MANY; i++) {
        int other = i % 7 == 0 ? dup(0) : -1;

        fds[i] = open_socket(&inodes[i]);
        if (i % 21 == 0)
            close(other);
    }
}

/* All but the first three, which are not ours. */
static void close_many(void)
{
    assert_int_equal(syscall(SYS_close_range, 3, ~0U, 0), 0);
}

static void few_sockets_among_many_are_found_at_once(void **state)
{
    static const int places[] = {0, 1, 700, MANY - 1};
    uint32_t inodes[MANY];
    int fds[MANY];
    size_t early = 0;

    (void)state;
    many_descriptors_are_allowed();
    open_many(fds, inodes);
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        struct fixture f = {.owners = owners_new()};
        const struct owner *owner = owner_of(&f, inodes[places[i]]);

        assert_int_equal(owner->knowledge, OWNER_KNOWN);
        assert_int_equal(fd_of(&f, owner, getpid()), fds[places[i]]);
        early += owner->incomplete;
        owner = owner_of(&f, inodes[places[i]]);
        assert_int_equal(fd_of(&f, owner, getpid()), fds[places[i]]);
        assert_false(owner->incomplete);
        ownership_done(&f.owned);
        owners_free(f.owners);
    }
    /* It did not look any further before it was asked again: but where there was nothing more, or
     * descriptors came and went meanwhile. */
    assert_true(early > 0);
    close_many();
}

static void sockets_that_changed_are_found_among_many(void **state)
{
    struct fixture *f = *state;
    uint32_t inodes[MANY], later, old;
    int fds[MANY], fd;

    many_descriptors_are_allowed();
    open_many(fds, inodes);
    look(f, inodes, MANY);
    assert_int_equal(f->owned.n_owners, MANY);
    for (size_t i = 0; i < MANY; i++) {
        const struct owner *owner = ownership_find(&f->owned, inodes[i]);

        assert_int_equal(owner->knowledge, OWNER_KNOWN);
        assert_false(owner->incomplete);
        assert_int_equal(fd_of(f, owner, getpid()), fds[i]);
    }
    /* One more descriptor; and then one for another, which no count tells. */
    fd = open_socket(&later);
    assert_int_equal(fd_of(f, settled_owner_of(f, later), getpid()), fd);
    close(fds[10]);
    old = inodes[10];
    fds[10] = open_socket(&inodes[10]);
    /* An answer that is no longer true is what tells. */
    assert_int_equal(fd_of(f, owner_of(f, old), getpid()), -1);
    assert_int_equal(fd_of(f, settled_owner_of(f, inodes[10]), getpid()), fds[10]);
    close_many();
}

static void counting_and_listing_read_the_same(void **state)
{
    struct socket_fds counted = {0}, listed = {0};
    uint32_t inodes[MANY];
    int fds[MANY], directory;
    struct stat st;

    (void)state;
    many_descriptors_are_allowed();
    open_many(fds, inodes);
    assert_int_equal(dup2(fds[3], 3 * MANY - 1), 3 * MANY - 1);
    assert_int_equal(grant_fd_directory(getpid(), &directory), 0);
    assert_int_equal(fstat(directory, &st), 0);
    assert_int_equal(socket_fds_read(directory, (size_t)st.st_size, &counted), 0);
    assert_int_equal(lseek(directory, 0, SEEK_SET), 0);
    assert_int_equal(socket_fds_read(directory, 0, &listed), 0);
    assert_true(listed.n > MANY);
    assert_int_equal(counted.n, listed.n);
    assert_memory_equal(counted.at, listed.at, listed.n * sizeof(*listed.at));
    free(counted.at);
    free(listed.at);
    close_many();
}

static void links_of_sockets_are_read(void **state)
{
    static const struct {
        const char *link;
        uint32_t inode;
    } cases[] = {
        {"socket:[1]", 1},           {"socket:[4294967295]", UINT32_MAX},
        {"socket:[4294967296]", 0},  {"socket:[]", 0},
        {"socket:[12", 0},           {"socket:[-1]", 0},
        {"socket:[1]]", 0},          {"socket:[ 1]", 0},
        {"/tmp/socket:[4242]", 0},   {"pipe:[4242]", 0},
        {"socket:[04294967295]", 0}, {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(socket_link_inode(cases[i].link, strlen(cases[i].link)),
                         cases[i].inode);
}

static void holdings_are_sorted_and_stay_in_order(void **state)
{
    enum { N = 5000 };
    struct holding *holdings = mem_new(N, sizeof(*holdings));

    (void)state;
    srandom(42);
    for (int i = 0; i < N; i++)
        holdings[i] = (struct holding){
            .inode = i % 3 ? (uint32_t)random() * 2654435761U : (uint32_t)(i % 5), .fd = i};
    holdings_sort(holdings, N);
    for (int i = 1; i < N; i++) {
        assert_true(holdings[i - 1].inode <= holdings[i].inode);
        if (holdings[i - 1].inode == holdings[i].inode)
            assert_true(holdings[i - 1].fd < holdings[i].fd);
    }
    free(holdings);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "pod2b801b7a-a266-11ea-af8d-fa163e6d8d64"

static void containers_are_told_by_their_cgroups(void **state)
{
    static const struct {
        const char *lines, *name; /* NULL: none */
    } cases[] = {
        {"0::/system.slice/docker-" ID ".scope\n", "0123456789ab"},
        {"12:pids:/docker/" ID "\n0::/\n", "0123456789ab"},
        {"0::/\n12:pids:/docker/" ID "\n", "0123456789ab"},
        {"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
         ".scope/container",
         "0123456789ab"},
        {"0::/machine.slice/libpod-conmon-" ID ".scope\n", NULL},
        {"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
         "cri-containerd-" ID ".scope\n",
         "0123456789ab"},
        {"0::/kubepods.slice/crio-" ID ".scope\n", "0123456789ab"},
        {"0::/kubepods.slice/crio-conmon-" ID ".scope\n", NULL},
        {"4:memory:/kubepods/besteffort/" POD "/" ID "\n", "0123456789ab"},
        {"1:name=systemd:/ecs/ab:cd/" ID "\n", "0123456789ab"},
        {"0::/lxc/web\n", "web"},
        {"0::/lxc.payload.web-1/init.scope\n", "web-1"},
        {"0::/lxc.payload/web/system.slice\n", "web"},
        {"0::/lxc.monitor.web-1\n", NULL},
        {"0::/machine.slice/machine-build\\x2dhost.scope/payload\n", "build-host"},
        {"0::/machine.slice/systemd-nspawn@arch.service/payload\n", "arch"},
        {"0::/machine.slice/machine-a\\x1b\\x0a.scope\n", "a\\x1b\\n"},
        {"0::/lxc/outer/docker/" ID "\n", "0123456789ab"},
        {"0::/user.slice/user-0.slice/session-1.scope\n", NULL},
        {"0::/system.slice/docker.service\n", NULL},
        {"0::/system.slice/docker-0123.scope\n", NULL},
        {"0::/" ID "0\n", NULL},
        {"0::/machine.slice/machine-.scope\n", NULL},
        {"0::/lxc.payload.\n", NULL},
        {"0::/lxc\n", NULL},
        {"0::/lxc/\n", NULL},
        {"/docker/" ID "\n", NULL},
        {"0::/\n", NULL},
        {"0:", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char name[CONTAINER_BYTES] = "untouched";

        if (container_parse(cases[i].lines, strlen(cases[i].lines), name) !=
            (cases[i].name != NULL))
            fail_msg("%s", cases[i].lines);
        assert_string_equal(name, cases[i].name ? cases[i].name : "untouched");
    }
}

/* What the snapshot says of a row that lost its inode. */
static const struct owner *past_of(struct fixture *f, struct row row)
{
    const struct snapshot s = {.owned = f->owned};

    row.inode = 0;
    return snapshot_owner_of(&s, &row);
}

static void lost_sockets_have_a_past_owner(void **state)
{
    struct fixture *f = *state;
    struct row rows[] = {{.cookie = 7}, {.cookie = 5}, {.cookie = 0}, {.cookie = 9}};
    int asked = open_socket(&rows[0].inode), other = open_socket(&rows[1].inode);
    const struct owner *owner;

    rows[2].inode = rows[0].inode;
    owner_of(f, rows[0].inode);
    owner_of(f, rows[0].inode);
    owners_recall(f->owners, rows, 4, &f->owned);
    assert_int_equal(f->owned.n_past, 0);
    rows[0].inode = rows[1].inode = rows[2].inode = 0;
    close(asked);
    look(f, NULL, 0);
    owners_recall(f->owners, rows, 4, &f->owned);
    assert_int_equal(f->owned.n_past, 2);
    owner = past_of(f, rows[0]);
    assert_int_equal(owner->knowledge, OWNER_KNOWN);
    assert_true(owner->past);
    assert_int_equal(fd_of(f, owner, getpid()), asked);
    assert_non_null(strstr(
        texts_at(&f->owned.texts, owner_process(&f->owned, owner, 0)->command), "test_owners"));
    /* Nobody asked for the other one, but it was seen. */
    assert_int_equal(fd_of(f, past_of(f, rows[1]), getpid()), other);
    assert_int_equal(f->owned.n_processes, 1);
    /* Without a cookie nothing can be known again. */
    assert_int_equal(past_of(f, rows[2])->knowledge, OWNER_NONE);
    assert_int_equal(past_of(f, rows[3])->knowledge, OWNER_NONE);
    close(other);
}

static void past_owner_is_the_last_one(void **state)
{
    struct fixture *f = *state;
    struct row row = {.cookie = 7};
    int fd = open_socket(&row.inode), leash;
    pid_t child;

    owner_of(f, row.inode);
    owners_recall(f->owners, &row, 1, &f->owned);
    child = hold_in_a_child(&leash);
    close(fd);
    assert_true(holds_within_patience(f, row.inode, child, true));
    owners_recall(f->owners, &row, 1, &f->owned);
    assert_int_equal(f->owned.n_past, 0);
    let_go(child, leash);
    /* The socket has an inode still, but nobody holds it. */
    settled_owner_of(f, row.inode);
    owners_recall(f->owners, &row, 1, &f->owned);
    if (f->owned.owners[0].knowledge == OWNER_NONE)
        assert_int_equal(f->owned.n_past, 1);
    row.inode = 0;
    owner_of(f, 1);
    owners_recall(f->owners, &row, 1, &f->owned);
    assert_int_equal(fd_of(f, past_of(f, row), child), fd);
    assert_int_equal(fd_of(f, past_of(f, row), getpid()), -1);
}

/* One look at rows with cookies from `first` on, all of one socket of ours. */
static void recall_many(struct fixture *f, uint64_t first, size_t n, uint32_t inode)
{
    struct row *rows = mem_new(n, sizeof(*rows));

    for (size_t i = 0; i < n; i++)
        rows[i] = (struct row){.cookie = first + i, .inode = inode};
    look(f, &inode, inode != 0);
    owners_recall(f->owners, rows, n, &f->owned);
    free(rows);
}

static void oldest_past_owners_make_way(void **state)
{
    struct fixture *f = *state;
    uint32_t inode;
    int fd = open_socket(&inode), gone = 0;

    recall_many(f, 1, OWNERS_PAST, inode);
    assert_int_equal(f->owned.n_forgotten, 0);
    /* All are there still: the new ones find no room. */
    recall_many(f, OWNERS_PAST + 1, 10, inode);
    assert_int_equal(f->owned.n_forgotten, 10);
    recall_many(f, OWNERS_PAST + 1, 10, inode);
    assert_int_equal(f->owned.n_forgotten, 20);
    recall_many(f, 1, OWNERS_PAST + 10, 0);
    assert_int_equal(f->owned.n_past, OWNERS_PAST);
    for (uint64_t cookie = 1; cookie <= OWNERS_PAST; cookie++)
        gone += !ownership_find_past(&f->owned, cookie);
    assert_int_equal(gone, 10);
    for (uint64_t cookie = 1; cookie <= 10; cookie++)
        assert_non_null(ownership_find_past(&f->owned, OWNERS_PAST + cookie));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_owners, free_owners)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(own_socket_is_ours),
        TEST(doubles_and_zero_are_left_out),
        TEST(nothing_asked_is_nothing_answered),
        TEST(descriptors_and_threads_are_one_process),
        TEST(all_processes_that_share_it_are_told),
        TEST(socket_that_was_passed_on_has_its_new_holder),
        TEST(what_was_found_is_checked_again),
        TEST(descriptor_that_is_another_socket_now_is_not_believed),
        TEST(closed_socket_has_no_owner),
        TEST(process_that_ended_holds_nothing),
        TEST(pid_that_was_given_again_is_another_process),
        cmocka_unit_test(process_is_the_same_by_its_start),
        TEST(name_with_escape_bytes_is_cleaned),
        TEST(command_line_is_that_of_the_program_it_became),
        cmocka_unit_test(unreadable_processes_are_not_permitted),
        cmocka_unit_test(hidden_processes_are_not_permitted),
        cmocka_unit_test(few_sockets_among_many_are_found_at_once),
        TEST(sockets_that_changed_are_found_among_many),
        cmocka_unit_test(counting_and_listing_read_the_same),
        cmocka_unit_test(links_of_sockets_are_read),
        cmocka_unit_test(holdings_are_sorted_and_stay_in_order),
        cmocka_unit_test(containers_are_told_by_their_cgroups),
        TEST(lost_sockets_have_a_past_owner),
        TEST(past_owner_is_the_last_one),
        TEST(oldest_past_owners_make_way),
        cmocka_unit_test(stat_is_read_behind_the_last_parenthesis),
        cmocka_unit_test(cut_stat_is_refused),
    };

    /* Whoever runs it under something else, as under valgrind, gave it another. */
    prctl(PR_SET_NAME, "test_owners");
    return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
