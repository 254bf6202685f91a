#!/bin/bash
# Capture files beside Wireshark's and tcpdump's programs: they read ours, we read theirs.
. "$(dirname "$0")/../e2e/lib.sh"
for tool in tshark editcap mergecap capinfos tcpdump python3; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done

facts=$work/capture_file_facts
# shellcheck disable=SC2046  # flags
"$e2e_root/tests/interop/build_helper" "$facts" tests/interop/capture_file_facts.c \
    "$BUILD/libprobes.a" "$BUILD/libcore.a" $(pkg-config --libs libpcap libmnl libcjson openssl)
check 'the helper builds' test -x "$facts"
cd "$work" || exit 1
python3 -B "$e2e_root/tests/interop/capture_files_make.py" "$work" || skip_all 'no files could be made'

ours() { # FILE
    "$facts" read "$1"
}
# tshark takes its time to start: each file is read once, and several at a time.
dissect() { # FILE...: tshark's view in our form
    local file readers=()
    for file; do
        tshark -n -r "$file" -T fields -e frame.number -e frame.time_epoch -e frame.len -e frame.cap_len \
            -e frame.interface_name -e frame.comment 2>/dev/null | sed 's/\tunknown\t/\t\t/' >"$file.theirs" &
        readers+=($!)
    done
    wait "${readers[@]}"
}
same_facts() { # FILE, which was dissected
    [ -s "$1.theirs" ] && ours "$1" | diff - "$1.theirs" >"$work/difference" && return
    head -n 6 "$work/difference" | sed 's/^/# /'
    return 1
}
anew() { # FROM TO
    "$SOCKEYE" capture -r "$1" -w "$2"
}
same_anew() { # FILE ENDING
    anew "$1" "again.$2" && cmp "$1" "again.$2"
}

# ---- byte for byte -----------------------------------------------------------------------------

for file in {us,ns,modified}_{le,be}{,_none}.pcap; do
    check "$file is written as it was read" same_anew "$file" pcap
done
check 'through pipes, too' sh -c "'$SOCKEYE' capture -r - -w - <us_be.pcap | cmp - us_be.pcap"
anew ns_le.pcap ns.pcapng
check 'our pcapng is written as it was read' same_anew ns.pcapng pcapng

"$facts" make made.pcapng
check 'with interfaces, comments and statistics, too' same_anew made.pcapng pcapng

# ---- ours, read by them ------------------------------------------------------------------------

tshark -r made.pcapng -X 'read_format:MIME Files Format' -V >blocks 2>/dev/null &
blocks=$!
dissect ns.pcapng made.pcapng
wait "$blocks"
check 'tshark reads the packets of our pcapng as we do' same_facts ns.pcapng
check 'and there are 40' test "$(wc -l <ns.pcapng.theirs)" = 40
check 'interfaces and comments, too' same_facts made.pcapng
check 'it shows interfaces and comments' grep -qP '\tlo\tsession 2: peer-not-reading$' made.pcapng.theirs
check 'what was received' grep -q ' Number of Received Packets: 4245' blocks
check 'and dropped' grep -q ' Number of Dropped Packets: 4242' blocks
check 'and that nothing is malformed' not grep -qi malformed blocks
capinfos made.pcapng >info 2>/dev/null
check 'capinfos knows nanoseconds' grep -q 'precision: *nanoseconds' info
check 'both interfaces' sh -c 'grep -q "Name = lo" info && grep -q "Name = eth7" info'
check 'their filter' grep -q 'Filter string = tcp port 80' info
check 'our name' grep -q 'application: *sockeye' info
check 'that each has statistics' test "$(grep -c 'stat entries = 1' info)" = 2

# ---- theirs, read by us ------------------------------------------------------------------------

editcap -a '1:one comment' -a '7:umlauts äöü' us_le.pcap commented.pcapng
editcap -F pcapng -T rawip ns_le.pcap raw.pcapng
mergecap -w merged.pcapng commented.pcapng raw.pcapng made.pcapng
anew merged.pcapng merged.anew.pcapng
traffic() {
    local n
    for n in 1 2 3 4 5 6; do echo "$n" >/dev/udp/127.0.0.1/4242; done 2>/dev/null
    [ ! -d "/proc/$dumper" ]
}
if [ "$E2E_NETWORK" = own ] && dumpcap -D >/dev/null 2>&1; then
    background dumpcap -q -n -i lo -c 8 -w dumped.pcapng 2>dumpcap.log
    dumper=$background_pid
    until_true 10 traffic
    dissect merged.pcapng merged.anew.pcapng dumped.pcapng
    check 'we read what dumpcap captured as tshark does' same_facts dumped.pcapng
    check 'and write it as it is' same_anew dumped.pcapng pcapng
else
    skip 'we read what dumpcap captured as tshark does' 'it needs a network of its own'
    dissect merged.pcapng merged.anew.pcapng
fi
check 'we read merged files with comments as tshark does' same_facts merged.pcapng
check 'the comments are in it' grep -qP '\tumlauts äöü$' merged.pcapng.theirs
check 'written anew they are the same to tshark' cmp merged.pcapng.theirs merged.anew.pcapng.theirs
check 'there are interfaces of several link types' \
    test "$(capinfos merged.pcapng 2>/dev/null | grep -c 'Encapsulation = ')" = 4
check 'a filter asks each' test "$("$SOCKEYE" capture -r merged.pcapng --no-hex 'udp port 4242' | wc -l)" = 40

# ---- rotation ----------------------------------------------------------------------------------

rotate_alike() { # COUNT
    local file option=()
    [ "$1" = 0 ] || option=(-W "$1")
    rm -rf theirs_turn ours_turn && mkdir theirs_turn ours_turn
    tcpdump -Z "$(id -un)" -r large.pcap -C 1 "${option[@]}" -w theirs_turn/x 2>/dev/null
    "$facts" rotate large.pcap ours_turn/x 1000000 "$1" || return 1
    [ "$(ls theirs_turn)" = "$(ls ours_turn)" ] && [ -n "$(ls ours_turn)" ] || return 1
    for file in theirs_turn/*; do
        cmp "$file" "ours_turn/${file##*/}" || return 1
    done
}
for count in 0 1 2 3 11; do
    check "files follow each other as with tcpdump -C 1, -W $count" rotate_alike "$count"
done

# ---- a full disk -------------------------------------------------------------------------------

on_a_small_disk() { # FORMAT: status, error and what there is then
    mkdir -p small
    # shellcheck disable=SC2016  # the inner shell's
    unshare --mount sh -c 'mount -t tmpfs -o size=1m none small && cd small || exit 77
        "$1" capture -r ../large.pcap -w "x.$2" 2>../full.err
        echo $? >../full.status
        cp "x.$2" "../full.$2"' sh "$SOCKEYE" "$1"
}
if unshare --mount sh -c 'mount -t tmpfs -o size=64k none /mnt' 2>/dev/null; then
    for format in pcap pcapng; do
        on_a_small_disk "$format"
        check "a full disk is an error, $format" test "$(cat full.status)" = 1
        check 'that is named' grep -q 'ENOSPC' full.err
        ours "full.$format" >full.facts 2>full.said
        check 'the file ends with a whole packet' not test -s full.said
        capinfos -Trc "full.$format" >full.theirs 2>full.said
        check 'as capinfos sees it' test "$(cut -f 2 full.theirs)" = "$(wc -l <full.facts)" -a ! -s full.said
        check 'and is nearly as large as the disk' test "$(wc -c <"full.$format")" -gt 1040000
    done
else
    skip 'a full disk is an error' 'mounting is not permitted'
fi
done_testing
