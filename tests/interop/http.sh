#!/bin/bash
# serve http beside curl, ab, wrk and Python; http_cases.py has the cases with raw sockets.
#
#   tests/interop/http.sh [WORD...]     only Python's cases that have one of the words in their name
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
run_cases ../interop/http_cases.py "$@"
[ $# = 0 ] || done_testing

mkdir "$work/page"
head -c 3000000 /dev/urandom >"$work/page/big"
echo small >"$work/page/small"
port=$(free_port)
url=http://127.0.0.1:$port
background "$SOCKEYE" serve http "127.0.0.1:$port" --directory "$work/page" >"$work/served" 2>&1
until_true 10 grep -q listens "$work/served"

status_is() { # STATUS CURL_ARGUMENT...
    local status
    status=$(curl --silent --max-time 10 --output "$work/body" --write-out '%{http_code}' "${@:2}")
    [ "$status" = "$1" ] || { echo "# $status instead of $1" && return 1; }
}

if command -v curl >/dev/null; then
    check 'curl gets the page' status_is 200 "$url/"
    check 'and its words' grep -q '^Welcome to sockeye\. It is 2' "$work/body"
    check 'curl gets a file' status_is 200 "$url/big"
    check 'and every byte of it' cmp "$work/body" "$work/page/big"
    check 'curl goes on where a file was cut off' sh -c \
        "head -c 1000000 '$work/page/big' >'$work/part' &&
         curl --silent --max-time 10 --continue-at - --output '$work/part' '$url/big' &&
         cmp '$work/part' '$work/page/big'"
    check 'two requests share a connection' test 1 = "$(curl --silent --max-time 10 \
        --output /dev/null --output /dev/null --write-out '%{num_connects}\n' "$url/small" "$url/small" |
        awk '{ n += $1 } END { print n }')"
    check 'an upload is refused in words' status_is 405 --data-binary "@$work/page/small" "$url/small"
    check 'one that is too big, too' status_is 413 --data-binary "@$work/page/big" "$url/big"
    check 'and one that asks first' status_is 405 --header 'Expect: 100-continue' \
        --data-binary "@$work/page/small" "$url/small"
    check 'a path is taken as it is' status_is 400 --path-as-is "$url/../../etc/passwd"
else
    skip curl 'curl is not installed'
fi

completes_all() { # AB_ARGUMENT...
    ab -q -n 2000 "$@" >"$work/ab" 2>&1 && grep -q '^Complete requests: *2000$' "$work/ab" &&
        grep -q '^Failed requests: *0$' "$work/ab" && ! grep -q Non-2xx "$work/ab"
}
if command -v ab >/dev/null; then
    check 'ab completes all its requests' completes_all -c 20 "$url/small"
    check 'and keeps its connections' completes_all -k -c 20 "$url/small"
    check 'all of them' grep -q '^Keep-Alive requests: *2000$' "$work/ab"
else
    skip ab 'apache2-utils is not installed'
fi

wrk_is_content() {
    wrk -t 1 -c 50 -d 1 "$url/" >"$work/wrk" 2>&1 && grep -q 'requests in' "$work/wrk" &&
        ! grep -Eq 'Non-2xx|Socket errors' "$work/wrk"
}
if command -v wrk >/dev/null; then
    check 'wrk finds no fault' wrk_is_content
else
    skip wrk 'wrk is not installed'
fi
done_testing
