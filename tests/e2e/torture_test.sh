#!/bin/bash
# A sample of what tests/torture/run does to all of them: calls of the program that fail.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
[ -e "$BUILD/torture/libfail.so" ] || skip_all "torture/libfail.so is not built"
# What it writes down at its end would fail, too.
! grep -q __gcov_ "$SOCKEYE" || skip_all 'it was built to count what is run'

torture() {
    "$e2e_root/tests/torture/run" "$@"
}

# One of each sort, the same in each run, so that what fails was broken by the last change.
check 'a call that fails is told, and nothing is lost' torture --shallow 64 --seed 1 \
    errors connect serve message sockets sockets-save capture-pcap connect-saves
# ENOSPC, EDQUOT, EIO, EROFS, EACCES, EMFILE
check 'each error of a disk is told, and what was saved before stays' torture \
    --call write,fsync,fchmod,fchown,rename,linkat,unlink sockets-save connect-saves capture-pcapng
check 'a session or a listener without a socket says so' torture connect serve --call socket
check 'without a thread or a process what needs it is missing, which is said' torture \
    console why-program --call pthread_create,fork,posix_spawn
check 'replies that cannot be read are no loss' torture ping --call recvmsg --at receive
check 'a watch that hears no signals does not begin' torture sockets-watch --call signalfd
check 'a session of TLS for want of memory ends in a line' torture connect-tls --call malloc --at open_ssl
check 'an encoding for want of memory is no unknown one' torture message-json --call iconv_open
check 'a program that cannot be traced is not healthy' torture why-program --call read \
    --at await_tracer
done_testing
