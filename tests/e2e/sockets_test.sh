#!/bin/bash
# `sockeye sockets` as scripts and people use it: columns, forms, order, sums, a narrow terminal.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
page=$(dirname "$0")/../../share/man/sockeye-sockets.1
socket=./a-socket-whose-name-is-so-long-that-no-line-of-eighty-characters-could-hold-it-whole
cat >"$work/hold.py" <<'PYTHON'
import socket, sys
keep = []
for i in range(5):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(i + 1)
    keep.append(s)
    c = socket.create_connection(s.getsockname())
    keep.extend([c, s.accept()[0]])
u = socket.socket(socket.AF_UNIX)
u.bind(sys.argv[1])
u.listen()
print("ready", flush=True)
sys.stdin.read()
PYTHON
mkfifo "$work/hold"
exec 4<>"$work/hold"
background sh -c "cd '$work' && exec python3 hold.py $socket" <&4 >"$work/ready"
holder=$background_pid
until_true 20 grep -q ready "$work/ready"

# ---- kinds by name ----
same_rows() { # LETTERS... -- LETTERS...: both list the same
    local first=()
    while [ "$1" != -- ]; do first+=("$1"); shift; done
    shift
    test "$("$SOCKEYE" sockets -H --columns netid,local,state "${first[@]}" | sort)" = \
        "$("$SOCKEYE" sockets -H --columns netid,local,state "$@" | sort)"
}
check '-A names kinds as letters do' same_rows -a -A tcp,unix -- -a -t -x
check 'joined, and in long, too' same_rows -Atcp -- --query=tcp
check 'an exclamation mark takes one away' \
    sh -c "! '$SOCKEYE' sockets -a -A '!tcp' -H | grep -q '^tcp '"
"$SOCKEYE" sockets -A tpc >"$work/help" 2>"$work/err"
check 'a name that is none is a usage error' test $? = 2 -a ! -s "$work/help"

# ---- columns ----
"$SOCKEYE" sockets --columns help >"$work/help"
in_page() {
    local column
    while read -r column _; do
        grep -qxF ".B $column" "$page" || { echo "# $column"; return 1; }
    done <"$work/help"
}
check 'the man page has every column' in_page
check 'and there are many' test "$(wc -l <"$work/help")" -gt 120
only_columns() { # what the page calls a column is one
    sed -n '/^.SH COLUMNS/,/^.SH EXIT/s/^\.B //p' "$page" | while read -r column; do
        grep -q "^$column " "$work/help" || { echo "# $column"; exit 1; }
    done
}
check 'and no other' only_columns
options_in_page() {
    local plain
    plain=$(sed 's/\\-/-/g' "$page")
    "$SOCKEYE" sockets --help | grep -oE -- '--[a-z-]+' | while read -r option; do
        grep -qF -- "$option" <<<"$plain" || { echo "# $option"; exit 1; }
    done
}
check 'the page has every option of --help' options_in_page
check 'help is JSON, too' sh -c "'$SOCKEYE' sockets --columns help --json |
    python3 -c 'import json, sys; assert len(json.load(sys.stdin)[\"columns\"]) > 120'"
check 'an unknown column is a mistake of the command line' \
    sh -c "'$SOCKEYE' sockets --columns rtt,nonsense 2>'$work/err'; test \$? = 2"
check 'that is named' grep -q "'nonsense' is no column" "$work/err"
check 'so is an unknown one to sort by' \
    sh -c "'$SOCKEYE' sockets --sort -nonsense 2>/dev/null; test \$? = 2"
check 'and to count by' sh -c "'$SOCKEYE' sockets --by nonsense 2>/dev/null; test \$? = 2"
check 'and a family' sh -c "'$SOCKEYE' sockets -f nonsense 2>/dev/null; test \$? = 2"

# ---- forms ----
columns=netid,state,local,peer,inode,uid,comm,rtt,snd_cwnd,options,drops,mark
"$SOCKEYE" sockets -tlxH --columns $columns >"$work/text"
"$SOCKEYE" sockets -tlx --columns $columns --csv >"$work/csv"
"$SOCKEYE" sockets -tlx --columns $columns --json >"$work/json"
cat >"$work/compare.py" <<'PYTHON'
import csv, json, sys
text = open(sys.argv[1]).read().splitlines()
records = list(csv.DictReader(open(sys.argv[2], newline="")))
rows = json.load(open(sys.argv[3]))["sockets"]
assert len(text) == len(records) == len(rows) >= 6, (len(text), len(records), len(rows))
for line, record, row in zip(text, records, rows):
    assert list(record) == sys.argv[4].split(","), record
    for name, value in record.items():
        theirs = row[name]
        if theirs is None:
            assert value == ("?" if name in row.get("unknown", {}) else ""), (name, value, row)
        elif name == "inode" or name == "uid" or name == "snd_cwnd":
            assert int(value) == theirs, (name, value, row)
        else:
            assert value == str(theirs), (name, value, row)
        assert value in line, (name, value, line)
assert sum(r["comm"] == "python3" for r in records) == 6, records
assert all(r["snd_cwnd"] == 10 for r in rows if r["netid"] == "tcp"), rows
PYTHON
check 'text, CSV and JSON say the same' \
    python3 "$work/compare.py" "$work/text" "$work/csv" "$work/json" $columns

sorted_ports() {
    "$SOCKEYE" sockets -taH --columns local_port --sort "$1" | tr -d ' ' >"$work/ports-sorted"
    [ "$(wc -l <"$work/ports-sorted")" = 15 ] && sort -c "$2" "$work/ports-sorted"
}
check 'rows are sorted by a column' sorted_ports local_port -n
check 'and the other way round' sorted_ports -local_port -nr

# ---- sums ----
check 'a line for each state' sh -c "'$SOCKEYE' sockets -ta --by state -H | tr -s ' ' | cut -d' ' -f1,2,3 |
    diff - - <<'END' 
ESTABLISHED 10 0
LISTEN 5 5
END"
by_pid() {
    "$SOCKEYE" sockets -a --by pid --json 2>/dev/null | python3 -c '
import json, sys
group, = [g for g in json.load(sys.stdin)["groups"] if g["pid"] == int(sys.argv[1])]
assert group["sockets"] == 16 and group["listeners"] == 6 and group["comm"] == "python3", group
assert group["fds"] >= 19 and group["fd_limit"] >= group["fds"], group' "$holder"
}
check 'a process with its sockets and descriptors' by_pid
check 'kinds and states are summed' sh -c "'$SOCKEYE' sockets -t --summary -H | grep -qx \
    'tcp *15 *15 *0  ESTABLISHED 10, LISTEN 5'"

# ---- a terminal ----
check 'a long name is whole where nobody looks' \
    sh -c "'$SOCKEYE' sockets -xl | grep -q 'could-hold-it-whole [0-9]'"
export SOCKEYE
COLUMNS_WANTED=100 start sh -c "\"\$SOCKEYE\" sockets -txl -p 2>/dev/null; read -r _"
expect 'in a terminal lines fit' '^u_str +LISTEN +0 +128 +./a-socket-whose[^ ]*… +\* 0 +python3 \([0-9]+\) fd [0-9]+$'
check 'and what is short stays whole' test "$(screen | grep -c '^tcp  *LISTEN .* 127.0.0.1:[0-9]* .*fd [0-9]*$')" = 5
stop_terminal
done_testing
