#!/bin/bash
# The console as it is configured: keys, themes, settings, on terminals of many kinds.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"

mkdir -p "$XDG_CONFIG_HOME/sockeye"
cat >"$XDG_CONFIG_HOME/sockeye/config.json" <<'END'
{
  "capture": false,
  "keys": {"open": ["C-x", "F12"], "serve": []}
}
END

start "$SOCKEYE"
expect 'the file of the person is read' 'not capturing'
expect 'the footer shows the key that an action was given' 'F12 open'
check 'and no action that has none' screen_lacks 'L serve'
keys C-x
expect 'the key does it' '^:connect'
keys Escape
keys o
command_line 'theme no-such'
expect 'a theme that is none leaves the one that is' 'there is no such theme; there are'
command_line 'theme light'
command_line 'theme'
expect 'a theme is changed while it runs' 'the theme is light'
command_line 'setting colours 9'
expect 'a wrong value is told' "it is auto, true, 256, 16 or none, not '9'"
command_line 'setting ascii on'
expect 'ASCII is changed while it runs' '^-- session ---'
keys '?'
expect 'help shows the key' '^ +C-x F12 +open a session'
keys q Q
check 'it ends' test "$(exit_status)" = 0

check 'what was typed is kept, for nobody else' test "$(stat -c %a "$XDG_STATE_HOME/sockeye/history")" = 600
start "$SOCKEYE"
wait_for 'F12 open'
keys :
keys Up Up
expect 'and comes back with Up' '^:setting colours 9'
keys C-c q
check 'it ended' test "$(exit_status)" = 0

start "$SOCKEYE" --no-config --ascii --no-capture
expect 'without its configuration all is as usual' 'L serve'
check 'but for what was asked for' screen_has '^-- session ---'
keys Q
check 'it ends again' test "$(exit_status)" = 0

run_cases console_config.py "$@"
done_testing
