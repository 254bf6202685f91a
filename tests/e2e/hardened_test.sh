#!/bin/bash
# How the program was built, read from its ELF file: what makes an error in it harder to use, what
# it is linked with, and nothing of the machine that built it.
. "$(dirname "$0")/lib.sh"

command -v readelf >/dev/null || skip_all 'readelf is not installed'
readelf --dyn-syms -W "$SOCKEYE" >"$work/symbols"
! grep -qE '__[at]san_init|__ubsan_handle|mcount' "$work/symbols" || skip_all 'it was built with a sanitizer'
! readelf -s -W "$SOCKEYE" | grep -q __gcov_ || skip_all 'it was built to count what is run'
readelf -lW "$SOCKEYE" >"$work/segments"
readelf -dW "$SOCKEYE" >"$work/dynamic"
readelf -hW "$SOCKEYE" >"$work/header"
# Of each file that it was compiled from; clang tells flags only when it is asked to.
readelf --debug-dump=info --dwarf-depth=1 "$SOCKEYE" 2>/dev/null | grep DW_AT_producer >"$work/producers"

check 'its place in memory is drawn by lot' grep -q 'Type: *DYN' "$work/header"
check 'and it says so' grep -q 'FLAGS_1.*PIE' "$work/dynamic"
check 'what the loader fills in becomes read-only' grep -q GNU_RELRO "$work/segments"
check 'all of it, at once' grep -qE '\((FLAGS|FLAGS_1)\).*(BIND_NOW|NOW)' "$work/dynamic"
check 'the stack holds no code' grep -qE 'GNU_STACK .* RW +0x' "$work/segments"
check 'nothing may be both written and run' not grep -qE ' RWE | W E ' "$work/segments"
check 'code needs no relocation' not grep -q TEXTREL "$work/dynamic"
check 'no folder is searched for libraries' not grep -qE 'RPATH|RUNPATH' "$work/dynamic"
check 'frames have a guard' grep -q __stack_chk_fail "$work/symbols"
for call in memcpy snprintf vsnprintf read; do
    check "$call is checked" grep -q "__${call}_chk" "$work/symbols"
done

if grep -q 'GNU C' "$work/producers"; then
    for flag in -fstack-protector-strong -fPIE; do
        check "every file has $flag" not grep -vq -e "$flag" "$work/producers"
    done
    for flag in -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard; do
        if echo | "${CC:-cc}" -Werror "$flag" -x c -c -o /dev/null - 2>/dev/null; then
            check "every file has $flag" not grep -vq -e "$flag" "$work/producers"
        fi
    done
else
    skip 'every file has the flags' 'the compiler does not say which it was given'
fi
if grep -q 'Machine: .*X86-64' "$work/header"; then
    check 'jumps land where they should' grep -q endbr64 \
        <(objdump -d --no-show-raw-insn --disassemble=main "$SOCKEYE")
fi

needed=$(sed -n 's/.*(NEEDED).*\[lib\([a-z]*\).*/\1/p' "$work/dynamic" | LC_ALL=C sort | tr '\n' ' ')
# ncurses has its terminals in a library of their own, or not.
check 'it needs the libraries that CONTRIBUTING.md names, and no other' \
    test "${needed/ tinfo/}" = 'c cjson crypto mnl ncursesw pcap ssl '
check 'it does not name the folder that it was built in' not grep -qaF "$e2e_root" "$SOCKEYE"
done_testing
