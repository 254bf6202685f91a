#!/bin/bash
# pack and unpack in a script: bytes, exit statuses, words on stderr.
. "$(dirname "$0")/lib.sh"

run() { # COMMAND...: output in $work/out and $work/err, the status in $status
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

prints() { # NAME EXPECTED COMMAND...
    local name=$1 expected=$2
    shift 2
    run "$@"
    check "$name" test "$status $(cat "$work/out")" = "0 $expected"
}

refuses() { # NAME STATUS REGEX COMMAND...
    local name=$1 expected=$2 words=$3
    shift 3
    run "$@"
    check "$name" test "$status" = "$expected" -a ! -s "$work/out"
    check 'and says why in one line' test "$(grep -Ec -- "$words" "$work/err")" = 1 \
        -a "$(wc -l <"$work/err")" = 1
}

prints 'pack prints hex' 0001002a610d0a00 "$SOCKEYE" pack '!HH4s' 1 0x2a 'a\r\n'
prints 'a number below zero is no option' feff "$SOCKEYE" pack '<h' -2
prints 'text that begins with - stands behind --' 2d61 "$SOCKEYE" pack -- 2s -a
prints 'a format may be empty' '' "$SOCKEYE" pack ''
"$SOCKEYE" pack --raw '<I3s' 1 '\n\0\xff' >"$work/raw"
check '--raw writes the bytes and nothing else' \
    cmp -s "$work/raw" <(printf '\001\000\000\000\n\000\377')
prints '--json has values with offsets' \
    '{"format":"bI","size":8,"bytes":"0100000002000000","values":[{"offset":0,"code":"b","value":1},{"offset":4,"code":"I","value":2}]}' \
    "$SOCKEYE" pack --json bI 1 2
prints 'unpack prints a value a line' $'1\n42\na\\r\\n\\x00' \
    "$SOCKEYE" unpack '!HH4s' 0x0001 00:2a '\x61\x0d\x0a\x00'
check 'without hex the bytes come from stdin' \
    test "$(printf '\001\002' | "$SOCKEYE" unpack '>H')" = 258
check 'stdin may be hex, too' test "$(printf '01\n02\n' | "$SOCKEYE" unpack --hex '>H')" = 258
check 'what pack makes unpack reads' \
    test "$("$SOCKEYE" pack --raw 'dP?' 0.1 -1 true | "$SOCKEYE" unpack 'dP?' | tr '\n' ' ')" = \
    '0.1 18446744073709551615 true '

refuses 'a value that does not fit ends with 2' 2 "300, for 'B' at character 2 .* 0 to 255" \
    "$SOCKEYE" pack '<B' 300
refuses 'a value that is none ends with 2' 2 "value 2, for 'H' at character 3" \
    "$SOCKEYE" pack '>BH' 1 x
refuses 'a bad format ends with 2' 2 'character 2: no code' "$SOCKEYE" pack Bz 1
refuses 'so does it for unpack' 2 'character 2: no code' "$SOCKEYE" unpack Bz 01
refuses 'values too few end with 2' 2 'takes 2 values, 1' "$SOCKEYE" pack BB 1
refuses 'bad hex ends with 2' 2 'character 4: this is no hex digit' "$SOCKEYE" unpack H '01 zz'
refuses 'bytes too few end with 1' 1 'requires a buffer of 4 bytes, 3 are given' \
    "$SOCKEYE" unpack I 010203
refuses 'no format ends with 2' 2 'FORMAT. is missing' "$SOCKEYE" pack
refuses 'a format has a limit' 2 '1,048,576' "$SOCKEYE" unpack 1048577B 00
refuses 'control bytes of an argument never reach stderr' 2 'read format \\x1b\[2J' \
    "$SOCKEYE" pack $'\x1b[2J'
check 'a full disk ends with 1' sh -c "'$SOCKEYE' pack B 1 >/dev/full 2>'$work/err'; test \$? = 1"
for name in pack unpack; do
    run "$SOCKEYE" "$name" --help
    check "$name --help ends with 0" test "$status" = 0
done
done_testing
