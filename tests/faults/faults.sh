#!/bin/bash
# Every cause that `sockeye why` can name, made for real and asked for once, and what only looks
# like a fault; see README.md.
set -u
command -v python3 >/dev/null || {
    echo '1..0 # SKIP python3 is not installed'
    exit 0
}
for program in ip nft iptables tc ss openssl; do
    command -v "$program" >/dev/null || {
        echo "1..0 # SKIP $program is not installed"
        exit 0
    }
done
exec python3 -B "$(dirname "$0")/run" "$@"
