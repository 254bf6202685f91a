#!/bin/bash
# Help, manual pages and completions say what the program's own tables say, and the program takes
# what they offer.
. "$(dirname "$0")/lib.sh"

share=$e2e_root/share
tables=$work/tables
"$SOCKEYE" --dump-tables >"$tables"
check 'the program prints its tables' test $? = 0

table() { # KIND COLUMN
    awk -F'\t' -v kind="$1" -v column="$2" '$1 == kind { print $column }' "$tables"
}

fill() { # WHAT TEMPLATE: into $work
    "$share/build/reference" -v what="$1" "$tables" "$2" >"$work/$(basename "$2" .in)"
}

# ---- the manual ----
mkdir -p "$work/pages"
all_filled() {
    local page
    for page in "$share"/man/*.in; do
        fill man "$page" || return 1
        mv "$work/$(basename "$page" .in)" "$work/pages"
    done
    cp "$share"/man/*.[1-9] "$work/pages"
}
check 'every page can be filled in' all_filled
has_pages() {
    local name
    for name in $(table subcommand 2); do
        [ -s "$work/pages/sockeye-$name.1" ] || { echo "# there is no page for $name"; return 1; }
    done
}
check 'every subcommand has a page' has_pages

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$work"/pages/sockeye.1 "$work"/pages/*.1 >"$work/lint" 2>&1
    sed 's/^/# /' "$work/lint"
    check 'mandoc has nothing to say of them' test ! -s "$work/lint"
else
    skip 'mandoc has nothing to say of the pages' 'mandoc is not installed'
fi
if command -v groff >/dev/null; then
    for page in "$work"/pages/*.1; do
        (cd "$work/pages" && groff -man -mdoc -ww -rLL=300n -Tascii -P-cbou "$page" \
            >"$work/$(basename "$page").txt") 2>>"$work/warnings"
    done
    sed 's/^/# /' "$work/warnings"
    check 'groff has none either' test ! -s "$work/warnings"
    tr -s ' \n' ' ' <"$work/sockeye.1.txt" >"$work/text"
    said() { # KIND COLUMN: each of these stands in sockeye(1)
        awk -F'\t' -v kind="$1" -v column="$2" '
            NR == FNR { page = page $0; next }
            $1 == kind && !index(page, $column) { print "# not in the page: " $column; bad = 1 }
            END { exit bad }' "$work/text" "$tables"
    }
    check 'every key is in sockeye(1)' said action 4
    check 'every command, too' said verb 2
    check 'and what it does' said verb 4
    check 'every service' said service 3
    check 'every option of a service' said service-option 5
    check 'every option of the program' said program-option 2
    check 'every subcommand in one sentence' said subcommand 4
else
    skip 'groff has nothing to say of the pages' 'groff is not installed'
fi

# ---- help, options and the pages of subcommands ----
documented() { # every option that a subcommand takes is in its help, or in its page
    awk -F'\t' '
        FNR == 1 { sub(/.*sockeye-/, "", FILENAME); sub(/\..*/, "", FILENAME); page = FILENAME }
        FILENAME !~ /tables/ { gsub(/\\-/, "-"); text[page] = text[page] " " $0; next }
        $1 == "help" { text[$2] = text[$2] " " $3 }
        $1 == "cli-option" { taken[$2 "\t" $3] }
        END {
            for (key in taken) {
                split(key, pair, "\t")
                if (match(text[pair[1]], pair[2] "([^a-z0-9-]|$)"))
                    continue
                print "# " pair[1] " takes " pair[2] ", which nothing explains"
                bad = 1
            }
            exit bad
        }' "$work"/pages/sockeye-*.1 "$tables"
}
check 'every option that is taken is explained' documented
fill bash "$share/completions/sockeye.bash.in"
# shellcheck disable=SC1091
. "$work/sockeye.bash"
verb_options=" $(awk -F'\t' '$1 == "option" { print $2 ":" $3 }' "$tables" | tr '\n' ' ')"
taken() { # what completion offers is an option, and needs a value where it says so
    local sub name said bad=0
    for sub in $(table subcommand 2); do
        for name in $(_sockeye_options "$sub"); do
            # Another than one of the verb's, which help does not look at.
            [[ $verb_options == *" $sub:$name "* ]] && continue
            if _sockeye_value "$sub:$name" >/dev/null; then said=x=1; else said=; fi
            said=$("$SOCKEYE" "$sub" "$name" ${said:+"$said"} --help 2>&1 </dev/null)
            [[ $said == *" is no option of it"* && $sub = why ]] &&
                said=$("$SOCKEYE" why "$name" ${said:+"$said"} --help -- true 2>&1 </dev/null)
            [[ $said == "usage: "* ]] && continue
            echo "# sockeye $sub $name: ${said%%$'\n'*}"
            bad=1
        done
    done
    return "$bad"
}
check 'every option that is offered is taken, with a value where that is said' taken
page_of_main() {
    local name
    for name in $(table program-option 2); do
        "$SOCKEYE" --help | grep -q -- " $name " || return 1
    done
}
check 'the program explains its own options' page_of_main

# ---- bash ----
completes() { # EXPECTED WORD...: the last word is being typed
    local expected=$1
    shift
    COMP_WORDS=(sockeye "$@") COMP_CWORD=$#
    _sockeye
    [ "${COMPREPLY[*]}" = "$expected" ] || { echo "# $*: ${COMPREPLY[*]}"; return 1; }
}
check 'bash completes a subcommand' completes serve se
check 'a service' completes echo serve ec
check 'behind options with their values, too' completes echo serve --backlog 4 ec
check 'an option of a service' completes '--file' serve lookup --f
check 'but only of this one' completes '' serve echo --unkn
check 'the words that an option may be' completes 'keep crlf lf cr' connect --line-end ''
check 'behind an = as well' completes 'crlf cr' connect --line-end = cr
check 'the words that only its help tells' completes 'receive' load --as r
check 'an errno' completes 'ECONNREFUSED' errors ECONNREF
check 'a column behind another' completes 'state,recvq' sockets --columns state,recvq
check 'a socket option' completes 'TCP_NODELAY=' connect --option TCP_NODE
check 'an interface' completes 'lo' capture -i lo
touch "$work/a-file-of-its-own"
check 'a file' completes "$work/a-file-of-its-own" message --file "$work/a-fi"
check 'a program behind why --' completes unshare why -- unshar
check 'nothing where nothing is known' completes '' connect ''

# ---- zsh ----
fill zsh "$share/completions/_sockeye.in"
if command -v zsh >/dev/null; then
    cat >"$work/try.zsh" <<'ZSH'
# zsh's own functions, which work only while a line is edited, say what they were given.
_describe() { local list=${@[-1]}; print -rl -- ${(P)list} }
compadd() { while [[ $1 == -* ]]; do [[ $1 == -S ]] && shift; shift; done; print -rl -- "$@" }
_files() { print files }
_message() { print message }
_values() { print -rl -- "${@[4,-1]}" }
_normal() { print normal $words }
compset() { }
work=$1; shift
words=(sockeye "$@") CURRENT=$(( $# + 1 ))
source $work/_sockeye
ZSH
    zsh_offers() { # REGEX WORD...
        local regex=$1
        shift
        zsh -f "$work/try.zsh" "$work" "$@" >"$work/offered" 2>&1
        grep -Eq -- "$regex" "$work/offered" ||
            { echo "# $*:"; head -n 5 "$work/offered" | sed 's/^/#   /'; return 1; }
    }
    check 'zsh offers subcommands with what they do' zsh_offers '^serve:A server on ' ''
    check 'services' zsh_offers '^echo:sends back' serve ''
    check 'options' zsh_offers '^--backlog:limit of' serve --backlog 4 echo --
    check 'those of a service' zsh_offers '^--unknown:what stands' serve lookup --
    check 'the words of one' zsh_offers '^crlf$' connect --line-end ''
    check 'errors' zsh_offers '^ECONNREFUSED$' errors ''
    check 'files' zsh_offers '^files$' capture -r ''
    check 'a program behind why --' zsh_offers '^normal ls' why -- ls ''
else
    skip 'zsh completes' 'zsh is not installed'
fi

# ---- fish ----
fill fish "$share/completions/sockeye.fish.in"
if command -v fish >/dev/null; then
    fish_offers() { # REGEX LINE
        fish --no-config -c "source $work/sockeye.fish; complete -C '$2'" >"$work/offered" 2>&1
        grep -Eq -- "$1" "$work/offered" || { echo "# $2: $(head -n 3 "$work/offered")"; return 1; }
    }
    check 'fish offers subcommands' fish_offers '^serve.A server on ' 'sockeye se'
    check 'services' fish_offers '^echo.sends back' 'sockeye serve e'
    check 'options of a service' fish_offers '^--unknown.what stands' 'sockeye serve lookup --u'
    check 'the words of an option' fish_offers '^crlf' 'sockeye connect --line-end '
    check 'interfaces' fish_offers '^lo' 'sockeye capture -i '
    check 'errors' fish_offers '^ECONNREFUSED' 'sockeye errors ECONN'
else
    skip 'fish completes' 'fish is not installed'
fi

"$share/build/reference" -v what=man "$tables" <(echo @nonsense) >"$work/out" 2>"$work/err"
check 'a template that asks for what is not there is refused' test $? = 1
check 'and what it asked for is named' grep -q '@nonsense' "$work/err"
done_testing
