# tests/e2e/lib.sh - tests of the program in a real terminal; to be sourced by bash scripts.
# shellcheck shell=bash
#
#   start COMMAND...            in a terminal of its own: TERM, locale, time zone, size, HOME pinned
#   keys KEY...                 press keys by tmux's names: Enter, Escape, C-c, F1, Up, a
#   type_text TEXT              type characters as they are
#   command_line TEXT           give the console a command: ":", the text, Enter
#   screen                      print what the terminal shows
#   wait_for REGEX [SECONDS]    until a line of the screen matches (grep -E); else show the screen
#   wait_gone REGEX [SECONDS]   until none does
#   resize COLUMNS ROWS
#   exit_status [SECONDS]       wait for the program's end and print its exit status
#   stop_terminal               close it; start may be used again
#   background COMMAND...       run beside the test, ended with it; its pid is in $background_pid
#   until_true SECONDS COMMAND...   poll until the command succeeds
#   free_port                   a TCP port that nobody uses, not given to any other test
#
#   ok NAME, not_ok NAME, skip NAME REASON      one TAP line each
#   check NAME COMMAND...                       ok when the command succeeds; not COMMAND...
#                                               turns it round
#   expect NAME REGEX [SECONDS]                 ok when the screen comes to show it
#   skip_all REASON                             and end
#   run_cases SCRIPT [WORD...]                  cases written in Python: see terminal.py
#   done_testing                                the last line of every script
#
# Set COLUMNS_WANTED and ROWS_WANTED before start for another size than 80x24.  $SOCKEYE is
# the program, $work a folder that is removed in the end.  Nothing here waits for a fixed
# time; each test has its own tmux server, so any number may run side by side.
set -u

# Each test has a network of its own where that is possible: other tests' packets and sockets
# stay away, and nothing it leaves behind outlives it.  Elsewhere it shares the host's.
if [ -z "${E2E_NETWORK:-}" ]; then
    own_network=(unshare --net)
    # A user may have one together with the rights in it.
    "${own_network[@]}" true 2>/dev/null || own_network+=(--map-current-user --keep-caps)
    if "${own_network[@]}" ip link set lo up 2>/dev/null; then
        E2E_NETWORK=own exec "${own_network[@]}" -- sh -c 'ip link set lo up && exec "$@"' sh bash "$0" "$@"
    fi
    E2E_NETWORK=shared
fi

e2e_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$e2e_root/build}
case $BUILD in
/*) ;;
*) BUILD=$e2e_root/$BUILD ;;
esac
SOCKEYE=${SOCKEYE:-$BUILD/sockeye}
work=$(mktemp -d "${TMPDIR:-/tmp}/sockeye-e2e.XXXXXX") || exit 1
mkdir -p "$work/home" "$work/run" "$work/ports"
chmod 700 "$work/run"
tmux_name=sockeye-$$ tmux_pid='' pane_pid='' starts=0
background_pid=''
children=()
results=0 failures=0 finished=no

export LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC TERM=tmux-256color HOME=$work/home
export XDG_CONFIG_HOME=$work/home/.config XDG_DATA_HOME=$work/home/.local/share
export XDG_STATE_HOME=$work/home/.local/state XDG_CACHE_HOME=$work/home/.cache
export XDG_RUNTIME_DIR=$work/run TMUX_TMPDIR=$work
# Reports go to files: a screen would hide them, done_testing looks for them.
for sanitizer in ASAN UBSAN TSAN LSAN; do
    options=${sanitizer}_OPTIONS
    export "$options=${!options:+${!options}:}log_path=$work/sanitizer"
done
unset TMUX TMUX_PANE COLUMNS LINES sanitizer options

in_tmux() {
    tmux -L "$tmux_name" -f /dev/null -u "$@"
}

# ---- results -------------------------------------------------------------------------------

ok() {
    results=$((results + 1))
    echo "ok $results - $1"
}

not_ok() {
    results=$((results + 1)) failures=$((failures + 1))
    echo "not ok $results - $1"
}

skip() {
    results=$((results + 1))
    echo "ok $results - $1 # SKIP $2"
}

skip_all() {
    echo "1..0 # SKIP $1"
    finished=yes
    exit 0
}

not() {
    ! "$@"
}

check() {
    local name=$1
    shift
    if "$@"; then ok "$name"; else not_ok "$name"; fi
}

expect() {
    if wait_for "$2" "${3:-}"; then ok "$1"; else not_ok "$1"; fi
}

done_testing() {
    local report
    stop_terminal
    for report in "$work"/sanitizer.*; do
        # In the sandbox it cannot start the program that finds names; that is no finding.
        grep -v 'symbolizer' "$report" | sed 's/^/# /' >"$work/findings"
        [ -s "$work/findings" ] || continue
        cat "$work/findings"
        not_ok "no sanitizer has anything to say"
    done
    echo "1..$results"
    finished=yes
    [ "$failures" = 0 ]
    exit
}

cleanup() {
    local pid
    [ "$finished" = yes ] || not_ok "the script came to its end"
    stop_terminal
    for pid in "${children[@]+"${children[@]}"}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    rm -rf "$work"
    [ "$finished" = yes ] || exit 1
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# Takes the lines that run_cases() of terminal.py prints.
run_cases() { # SCRIPT [WORD...]
    local line
    while IFS= read -r line; do
        case $line in
        "ok "*) ok "${line#ok }" ;;
        "not ok "*) not_ok "${line#not ok }" ;;
        "skip "*)
            line=${line#skip }
            skip "${line%% # *}" "${line#* # }"
            ;;
        "status 0") ;;
        "status "*) not_ok "$1 came to its end, $line" ;;
        *) echo "$line" ;;
        esac
    done < <(
        SOCKEYE=$SOCKEYE python3 -B "$e2e_root/tests/e2e/$1" "${@:2}"
        echo "status $?"
    )
}

# ---- waiting -------------------------------------------------------------------------------

now_ms() {
    local now=${EPOCHREALTIME/[.,]/}
    echo $((now / 1000))
}

until_true() { # SECONDS COMMAND...
    local end=$(($(now_ms) + $1 * 1000))
    shift
    until "$@"; do
        [ "$(now_ms)" -lt "$end" ] || return 1
        sleep 0.03
    done
}

# ---- the terminal --------------------------------------------------------------------------

start() {
    local command
    stop_terminal
    # A name of its own for each: the server before may still be on its way out.
    starts=$((starts + 1))
    tmux_name=sockeye-$$-$starts
    printf -v command '%q ' "$@"
    in_tmux start-server \; set-option -g status off \; set-option -g remain-on-exit on \; \
        set-option -s escape-time 0 \; set-option -g default-terminal tmux-256color \; \
        new-session -d -x "${COLUMNS_WANTED:-80}" -y "${ROWS_WANTED:-24}" -c "$work" "exec $command"
    read -r tmux_pid pane_pid < <(in_tmux display-message -p '#{pid} #{pane_pid}')
}

# What ran in it has ended, too: its servers would answer who comes next.
stop_terminal() {
    [ -n "$tmux_pid" ] || return 0
    in_tmux kill-server 2>/dev/null
    until_true 5 has_ended "$pane_pid"
    tmux_pid=''
}

# Nobody may have waited for it yet: what is left then has no program.
has_ended() { # PID
    ! readlink -q "/proc/$1/exe" >/dev/null
}

keys() {
    in_tmux send-keys "$@"
}

type_text() {
    in_tmux send-keys -l -- "$1"
}

command_line() {
    keys :
    type_text "$1"
    keys Enter
}

screen() {
    in_tmux capture-pane -p
}

show_screen() {
    echo "# $1; the screen:"
    screen 2>&1 | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' | sed 's/^/# |/'
}

screen_has() {
    screen 2>/dev/null | grep -Eq -- "$1"
}

screen_lacks() {
    local shown
    shown=$(screen 2>/dev/null) && ! grep -Eq -- "$1" <<<"$shown"
}

# Ten seconds are for a busy machine; where something has failed already less will do.
patience() { # [SECONDS]
    if [ -n "${1:-}" ]; then echo "$1"; elif [ "$failures" = 0 ]; then echo 10; else echo 3; fi
}

wait_for() {
    local seconds
    seconds=$(patience "${2:-}")
    until_true "$seconds" screen_has "$1" && return 0
    show_screen "waited $seconds s for: $1"
    return 1
}

wait_gone() {
    local seconds
    seconds=$(patience "${2:-}")
    until_true "$seconds" screen_lacks "$1" && return 0
    show_screen "waited $seconds s for this to go: $1"
    return 1
}

resize() {
    in_tmux resize-window -x "$1" -y "$2"
}

# A terminal closes a moment before its program has been waited for.  tmux 3.3 sometimes
# overlooks that moment, so it is told to look.
terminal_ended() {
    local ended
    ended=$(in_tmux display-message -p '#{pane_dead_status}#{pane_dead_signal}' 2>/dev/null)
    [ -z "$ended" ] || return 0
    [ "$(in_tmux display-message -p '#{pane_dead}' 2>/dev/null)" != 1 ] ||
        kill -CHLD "$tmux_pid"
    return 1
}

exit_status() {
    local seconds status signal
    seconds=$(patience "${1:-}")
    if ! until_true "$seconds" terminal_ended; then
        show_screen "waited $seconds s for the program's end" >&2
        return 1
    fi
    # A program that a signal ended has no status: 128 + signal, as a shell says it.
    status=$(in_tmux display-message -p '#{pane_dead_status}')
    signal=$(in_tmux display-message -p '#{pane_dead_signal}')
    echo "${status:-$((128 + signal))}"
}

# ---- neighbours ----------------------------------------------------------------------------

background() {
    "$@" <&0 &
    background_pid=$!
    children+=("$background_pid")
}

port_is_free() {
    [ -z "$(ss -Hatun "sport = :$1" 2>/dev/null)" ]
}

# Below the ephemeral range, so that no outgoing connection takes it meanwhile.  A folder
# that only one test can make is the reservation.
free_port() {
    local port
    for _ in {1..200}; do
        port=$((20000 + RANDOM % 12000))
        mkdir "${SOCKEYE_PORTS:-$work/ports}/$port" 2>/dev/null || continue
        if port_is_free "$port"; then
            echo "$port"
            return 0
        fi
    done
    echo "free_port: none found" >&2
    return 1
}
