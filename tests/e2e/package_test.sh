#!/bin/bash
# What `make install` puts where, and the package that is made of it: its contents, its scripts,
# the same bytes from the same sources.
. "$(dirname "$0")/lib.sh"

for tool in dpkg-deb dpkg-shlibdeps strip make; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
export SOURCE_DATE_EPOCH=1700000000

install_into() { # FOLDER
    make -C "$e2e_root" --no-print-directory BUILD="$BUILD" PREFIX=/usr \
        ZSHDIR=/usr/share/zsh/vendor-completions DESTDIR="$1" install >"$work/said" 2>&1 ||
        { sed 's/^/# /' "$work/said"; return 1; }
}
# The package is made of this build, as `make deb` makes it of one of its own.
check 'it can be installed below a folder' install_into "$work/stage"
installed=$work/stage/usr
"$installed/bin/sockeye" errors ECONNREFUSED >/dev/null
check 'the program runs from there' test $? = 0
for file in share/man/man1/sockeye.1 share/man/man1/sockeye-why.1 share/applications/sockeye.desktop \
    share/bash-completion/completions/sockeye share/zsh/vendor-completions/_sockeye \
    share/fish/vendor_completions.d/sockeye.fish share/sockeye/errors.json; do
    check "$file is there" test -s "$installed/$file"
done
if command -v desktop-file-validate >/dev/null; then
    check 'the desktop entry is valid' desktop-file-validate --no-hints "$installed/share/applications/sockeye.desktop"
else
    skip 'the desktop entry is valid' 'desktop-file-validate is not installed'
fi

cp -a "$work/stage" "$work/again"
packed() { # STAGE DEB
    "$e2e_root/share/build/deb" "$1" "$2" >"$work/said" 2>&1 || { sed 's/^/# /' "$work/said"; return 1; }
}
check 'a package can be made of it' packed "$work/stage" "$work/one.deb"
touch "$work/again/usr/bin/sockeye"
check 'and once more' packed "$work/again" "$work/two.deb"
check 'with the same bytes' cmp "$work/one.deb" "$work/two.deb"

dpkg-deb --info "$work/one.deb" >"$work/info"
dpkg-deb -c "$work/one.deb" >"$work/contents"
check 'it has the version of the sources' grep -q "Version: $(cat "$e2e_root/share/VERSION")$" "$work/info"
check 'it depends on the libraries' grep -Eq 'Depends: .*libpcap0.*libssl3' "$work/info"
check 'all belongs to root' not grep -qv '^[-dlrwx]* root/root ' "$work/contents"
check 'nothing is newer than the sources' not grep -qv '2023-11-1[45]' "$work/contents"
check 'the pages are compressed' not grep -q 'man1/.*\.1$' "$work/contents"
for file in copyright changelog.gz README.Debian; do
    check "it has $file" grep -q "usr/share/doc/sockeye/$file" "$work/contents"
done
mkdir "$work/x" "$work/control"
dpkg-deb -x "$work/one.deb" "$work/x"
dpkg-deb -e "$work/one.deb" "$work/control"
check 'its sums are right' sh -c "cd '$work/x' && md5sum --quiet -c '$work/control/md5sums'"
check 'and name every file' test "$(wc -l <"$work/control/md5sums")" = "$(find "$work/x" -type f | wc -l)"
"$work/x/usr/bin/sockeye" --version >/dev/null
check 'the program in it runs' test $? = 0
for script in config postinst postrm; do
    check "$script is a script" sh -n "$work/control/$script"
done
if command -v man >/dev/null; then
    check 'the manual can be read' sh -c "MANPAGER=cat man -l '$work/x/usr/share/man/man1/sockeye.1.gz' | grep -q 'socket diagnostics console'"
fi
if command -v lintian >/dev/null; then
    # Who makes a package for himself may have no address that the world can write to.
    lintian --fail-on error --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$work/one.deb" >"$work/lint" 2>&1
    status=$?
    sed 's/^/# /' "$work/lint"
    check 'lintian finds no error' test "$status" = 0
else
    skip 'lintian finds no error' 'lintian is not installed'
fi

# A real installation, into layers over this machine that are thrown away.
cat >"$work/really.sh" <<'SCRIPT'
set -e
mount -t tmpfs none "$1"
for folder in usr etc var; do
    mkdir -p "$1/$folder/upper" "$1/$folder/work"
    mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$1/$folder/upper,workdir=$1/$folder/work" "/$folder"
done
echo layered
export DEBIAN_FRONTEND=noninteractive
answer() {
    echo "sockeye sockeye/group boolean $1" | debconf-set-selections
}
look() {
    stat -c "$1: %a %G" /usr/bin/sockeye
    echo "$1: $(getcap /usr/bin/sockeye)"
}
dpkg --no-triggers -i "$2"
look fresh
answer true
dpkg-reconfigure sockeye
look yes
answer false
dpkg-reconfigure sockeye
look no
dpkg --no-triggers --purge sockeye
[ -e /usr/bin/sockeye ] || echo "purged: program"
getent group sockeye >/dev/null || echo "purged: group"
SCRIPT
for tool in unshare debconf-set-selections setcap addgroup; do
    command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin
    command -v "$tool" >/dev/null || without="$tool is not installed"
done
[ "$(id -u)" = 0 ] || without='needs root'
! dpkg-query -W sockeye >/dev/null 2>&1 || without='the package is installed here'
if [ -z "${without:-}" ]; then
    mkdir "$work/layers"
    unshare --mount bash "$work/really.sh" "$work/layers" "$work/one.deb" >"$work/really" 2>&1
    grep -q '^layered' "$work/really" || without='layers cannot be mounted here'
    ! grep -q 'dependency problems' "$work/really" || without='packages that it depends on are not installed'
fi
if [ -n "${without:-}" ]; then
    skip 'it can really be installed' "$without"
else
    really() {
        grep -Eq -- "$1" "$work/really" || { sed 's/^/# /' "$work/really"; return 1; }
    }
    check 'unless asked for nobody gets more rights' really '^fresh: 755 root'
    check 'and no capability is given' really '^fresh: $'
    check 'with yes it is for the group alone' really '^yes: 750 sockeye'
    check 'with the capabilities' really '^yes: .*cap_net_admin,cap_net_raw=eip'
    check 'with no it is as before' really '^no: 755 root'
    check 'without them' really '^no: $'
    check 'purging takes the program away' really '^purged: program'
    check 'and the group' really '^purged: group'
fi
done_testing
