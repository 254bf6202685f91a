#!/bin/bash
# share/build/dependencies as root, with sudo and without, on machines made of stubs: nothing
# of this one's packages is looked at or changed.
. "$(dirname "$0")/lib.sh"

dependencies=$e2e_root/share/build/dependencies
stubs=$work/stubs said=$work/said calls=$work/calls installed=$work/installed
export calls installed

stub() { # NAME, its body on stdin
    { echo '#!/bin/sh'; cat; } >"$stubs/$1"
    chmod +x "$stubs/$1"
}

# A machine with nothing but these commands; apt and dpkg keep their books in a file.
machine() { # UID
    rm -rf "$stubs"
    mkdir "$stubs"
    : >"$calls"
    : >"$installed"
    local tool
    for tool in sh env grep sed cat printf echo dirname; do
        ln -s "$(type -P "$tool")" "$stubs/$tool"
    done
    echo "echo $1" | stub id
    # shellcheck disable=SC2016  # for the stub
    stub dpkg-query <<<'for last; do :; done
grep -qx -- "$last" "$installed" || exit 1
echo install ok installed'
    # shellcheck disable=SC2016
    stub apt-get <<<'echo "apt-get $* [${DEBIAN_FRONTEND:-}]" >>"$calls"
for word; do case $word in [a-z]*) echo "$word" >>"$installed" ;; esac; done'
}

with_sudo() {
    # shellcheck disable=SC2016
    stub sudo <<<'echo "sudo" >>"$calls"
exec env -u DEBIAN_FRONTEND "$@"'
}

all_installed() {
    local package
    for package in $(PATH=$stubs sh "$dependencies" missing test); do
        echo "$package" >>"$installed"
    done
}

ask() { # ARGUMENT...: output in $said, status in $?
    PATH=$stubs sh "$dependencies" "$@" >"$said" 2>&1
}

says() { # REGEX
    grep -Eq -- "$1" "$said"
}

says_only() { # TEXT
    [ "$(cat "$said")" = "$1" ]
}

nothing_called() {
    [ ! -s "$calls" ]
}

make_here() {
    PATH=$stubs make -C "$e2e_root" BUILD="$work/none" "$@" >"$said" 2>&1
}

called() { # REGEX
    grep -Eq -- "$1" "$calls"
}

machine 0
check 'everything is missing on an empty machine' ask missing build
check 'the compiler and the libraries are named' says ' gcc .* libpcap-dev libmnl-dev'
check 'as root it installs' ask install build
check 'apt is called without questions' called 'install -y .*libcjson-dev.* \[noninteractive\]$'
check 'the lists are fetched before' called ' update \[noninteractive\]$'
check 'as root there is no sudo' not called sudo
ask missing build
check 'afterwards nothing is missing' says_only ''
ask missing test
check 'tests need more than the program' says libcmocka-dev
ask command test
check 'the line for root has no sudo' says '^apt-get update && apt-get install '

machine 0
all_installed
ask install test
check 'with everything there nothing is done' nothing_called

machine 1000
with_sudo
check 'a user with sudo installs by it' ask install build
check 'sudo is what calls apt' called '^sudo$'
check 'sudo leaves apt without questions' called 'install .*libmnl-dev.* \[noninteractive\]$'
machine 1000
with_sudo
ask command build
check 'the line for a user has sudo' says '^sudo apt-get update && sudo apt-get install '

machine 1000
check 'a user without sudo is told and stopped' not ask install build
check 'the line to run as root is printed' says '^  apt-get update && apt-get install .*uthash-dev'
check 'nothing is called' nothing_called

machine 0
# shellcheck disable=SC2016
stub apt-get <<<'case $* in *update*) exit 100 ;; esac'
check 'a repository that does not answer is no reason to stop' ask install build
check 'it is mentioned' says 'update failed'
stub apt-get <<<'exit 100'
check 'an installation that fails stops' not ask install build
check 'the line to repeat it is printed' says '^  apt-get update && apt-get install '

machine 1000
rm "$stubs/apt-get" "$stubs/dpkg-query"
for tool in cc pkg-config; do stub "$tool" <<<'exit 0'; done
ask missing build
check 'without dpkg pkg-config is believed' says_only ''
# shellcheck disable=SC2016
stub pkg-config <<<'case $* in *libmnl*) exit 1 ;; esac'
ask missing build
check 'without dpkg a missing library is named' says_only ' libmnl-dev'
check 'without apt installing stops' not ask install build
check 'an unknown kind is refused' not ask missing nonsense
check 'and named' says nonsense

machine 0
ln -s "$(type -P make)" "$stubs/make"
check 'make stops when packages are missing' not make_here
check 'make prints the line that installs them' says 'apt-get install .*libcjson-dev'
check 'make builds nothing then' not test -e "$work/none"
check 'make help works without any package' make_here help
check 'and lists the targets' says 'make test'

done_testing
