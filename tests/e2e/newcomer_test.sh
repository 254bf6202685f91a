#!/bin/bash
# A newcomer's path, with keys only and no manual: each of five tasks in ten key presses at most, a
# letter of a word being one.
. "$(dirname "$0")/lib.sh"

MOST=10
pressed=0

# Each argument is one key; what it leads to is waited for by whoever presses.
press() {
    local key
    for key in "$@"; do
        pressed=$((pressed + 1))
        keys "$key"
    done
}

# TASK REGEX [SECONDS]: it is done once the screen shows this, and was not too long.
done_when() {
    if wait_for "$2" "${3:-}"; then
        check "$1: $pressed keys" test "$pressed" -le "$MOST"
    else
        not_ok "$1: what it is about never came, after $pressed keys"
    fi
    pressed=0
}

# Somebody else's port, to be found.
cat >"$work/holder.py" <<'PYTHON'
import signal, socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
signal.pause()
PYTHON
background python3 "$work/holder.py" >"$work/port"
until_true 10 test -s "$work/port"
port=$(cat "$work/port")

start "$SOCKEYE"
wait_for 'F1 help'

# Tab shows the services; one that never reads is among them.
press L
expect 'L says what Enter alone does' 'Enter alone: serve echo'
press n Tab r Tab Enter
wait_for 'LISTEN'
press o
expect 'o knows our server' 'Enter alone: connect tcp://127\.0\.0\.1:'
press Enter
done_when 'a server and a session' 'ESTABLISHED'

press : f l Tab Enter
done_when 'buffers fill, which nobody empties' ' [0-9]+,[0-9]{3},[0-9]{3} .*ESTABLISHED|ESTABLISHED.* [0-9],[0-9]{3},[0-9]{3}' 15

press o : 1 Enter
wait_for 'ECONNREFUSED' 10
press 6
done_when 'why a connection is refused' 'no-listener, certain' 15

press 1 /
for ((i = 0; i < ${#port}; i++)); do
    press "${port:i:1}"
done
press Enter
wait_for "^.?>tcp .*127\.0\.0\.1:$port .*LISTEN +python3"
press Enter
done_when 'who holds a port, with its pid' 'python3 \([0-9]+\)'

press 3 w x Enter
if [ "$E2E_NETWORK" = own ]; then
    done_when 'a capture is saved' 'x: [0-9,]+ packets|x: all [0-9,]+ packets'
    check 'it is a capture file' sh -c \
        "head -c 4 '$work/x' | od -An -tx1 | grep -q '0a 0d 0d 0a'"
else
    skip 'a capture is saved' 'packets of a shared network may not be ours to see'
fi
stop_terminal

# Without a server there is nothing to connect to, and Enter alone says so.
start "$SOCKEYE" --no-capture
wait_for 'F1 help'
keys o Enter
expect 'without a server an endpoint is asked for' 'connect.*missing|endpoint'
keys L Enter
expect 'Enter alone starts echo' 'echo'
stop_terminal
done_testing
