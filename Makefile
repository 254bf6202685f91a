# sockeye: GNU make, no configure.  `make help` lists the targets.
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS belong to whoever builds; what the
# project needs is kept in variables of its own.

CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share/sockeye
DOCDIR  ?= $(PREFIX)/share/doc/sockeye
MANDIR  ?= $(PREFIX)/share/man
APPDIR  ?= $(PREFIX)/share/applications
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INSTALL ?= install

# SANITIZE=address,undefined or SANITIZE=thread builds in a folder of its own.
comma := ,
ifdef SANITIZE
BUILD ?= build/$(subst $(comma),-,$(SANITIZE))
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
BUILD ?= build

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wformat=2 -Wundef -Wvla -Wcast-qual -Wpointer-arith -Wwrite-strings
ifdef WERROR
WARNINGS += -Werror
endif

PKG_CONFIG ?= pkg-config
PACKAGES   := ncursesw libpcap libmnl libcjson openssl
# What everything but the terminal and the capture links with.
CORE_LIBS  := -lmnl -lcjson -lssl -lcrypto

# The goals that build anything need the packages; the others must work on a bare machine.
NOT_BUILDING := run test fuzz torture coverage reproducible analyze layers format metrics uninstall clean help
BUILDING := $(if $(MAKECMDGOALS),$(filter-out $(NOT_BUILDING),$(MAKECMDGOALS)),all)
ifneq ($(BUILDING),)
NEEDED  := $(if $(filter check,$(BUILDING)),test,$(if $(filter unit,$(BUILDING)),unit,build))
MISSING := $(strip $(shell share/build/dependencies missing $(NEEDED)))
ifneq ($(MISSING),)
$(info sockeye needs packages that are not installed. Install them with:)
$(info   $(shell share/build/dependencies command $(NEEDED)))
$(info or let `make run` or `make test` do it.)
$(error missing: $(MISSING))
endif
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
endif

# What the compiler knows on this machine; tests/e2e/hardened_test.sh looks at what came of it.
HARDENING := -fstack-protector-strong -fPIE
accepted = $(shell printf '\043include <stdio.h>\n' | \
             $(CC) -O2 -Werror $(1) -x c -c -o /dev/null - >/dev/null 2>&1 && echo '$(1)')
ifneq ($(BUILDING),)
HARDENING += $(call accepted,-fstack-clash-protection) $(call accepted,-fcf-protection=full) \
             $(call accepted,-mbranch-protection=standard)
ifndef SANITIZE
HARDENING += -U_FORTIFY_SOURCE $(or $(call accepted,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
endif
endif

# Neither the folder nor the day of a build is in what it makes: make reproducible.
REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=.

OWN_CFLAGS := -std=c17 -D_GNU_SOURCE -I. -pthread $(WARNINGS) $(HARDENING) $(REPRODUCIBLE) \
              $(SANITIZE_FLAGS) $(PKG_CFLAGS)
OWN_LDFLAGS := -pthread -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,defs $(SANITIZE_FLAGS)
VERSION := $(shell cat share/VERSION)
OWN_CPPFLAGS := -DSOCKEYE_VERSION='"$(VERSION)"' -DSOCKEYE_DATADIR='"$(DATADIR)"'

compile = $(CC) $(OWN_CPPFLAGS) $(CPPFLAGS) $(OWN_CFLAGS) $(CFLAGS) -MMD -MP
link    = $(CC) $(OWN_LDFLAGS) $(CFLAGS) $(LDFLAGS)

sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
CORE_SRC   := $(call sources,core/base core/net core/services core/message core/wire core/why core/model core/scenario core/report)
PROBES_SRC := $(call sources,probes probes/act probes/guard)
UI_SRC     := $(call sources,ui/console ui/cli)
UNIT_SRC   := $(call sources,tests/unit)
FUZZ_SRC   := $(filter-out tests/fuzz/replay.c,$(call sources,tests/fuzz))
BENCH_SRC  := $(call sources,tests/bench)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
CORE   := $(BUILD)/libcore.a
PROBES := $(BUILD)/libprobes.a
UI     := $(BUILD)/libui.a
UNIT   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
REPLAY := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/replay_%,$(FUZZ_SRC))
FUZZ   := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
BENCH  := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(BENCH_SRC))
TORTURE := $(BUILD)/torture/libfail.so

.DELETE_ON_ERROR:
.SUFFIXES:
# Kept, though nothing but a rule names them.
.PRECIOUS: $(BUILD)/obj/%.o
.PHONY: all run test check unit fuzz fuzz-programs coverage faults torture valgrind soak bench reproducible analyze layers format lint quick-lint metrics screenshot reference install \
        deb uninstall clean help always

all: $(BUILD)/sockeye ## build the program as build/sockeye

$(BUILD)/sockeye: $(BUILD)/obj/ui/main.o $(UI) $(PROBES) $(CORE)
	$(say) LINK $@
	$(Q)$(link) -o $@ $^ $(shell $(PKG_CONFIG) --libs $(PACKAGES)) $(LDLIBS)

$(CORE): $(call objects,$(CORE_SRC))
$(PROBES): $(call objects,$(PROBES_SRC))
$(UI): $(call objects,$(UI_SRC))
$(CORE) $(PROBES) $(UI):
	$(say) AR $@
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $^

# Other flags make other objects.
FLAGS := $(subst ','\'',$(strip $(HARDENING) $(SANITIZE_FLAGS) $(CFLAGS) $(CPPFLAGS)))
$(BUILD)/obj/flags: always
	$(Q)mkdir -p $(@D) && { [ "$$(cat $@ 2>/dev/null)" = '$(FLAGS)' ] || echo '$(FLAGS)' >$@; }

$(BUILD)/obj/%.o: %.c $(BUILD)/obj/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(compile) -c -o $@ $<

# Tests write argument vectors as literals, which argv's type does not allow.
$(BUILD)/obj/tests/%.o: OWN_CFLAGS += -Wno-write-strings

# Unit tests and fuzz replays link without ncurses and libpcap: a stray call fails to link.
# Capture files and filters alone are read and written whole, libpcap's part with ours.
WITH_PCAP := fuzz_capture_file fuzz_capture_filter
$(BUILD)/tests/test_capture_file $(WITH_PCAP:%=$(BUILD)/tests/replay_%) \
$(WITH_PCAP:%=$(BUILD)/fuzz/%): LDLIBS += $(shell $(PKG_CONFIG) --libs libpcap)
# The eye's measures are powers and roots.
$(BUILD)/tests/test_theme: LDLIBS += -lm
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(UI) $(PROBES) $(CORE)
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(link) -o $@ $^ -lcmocka $(CORE_LIBS) $(LDLIBS)

$(BUILD)/tests/replay_%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(UI) $(PROBES) $(CORE)
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(link) -o $@ $^ $(CORE_LIBS) $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(link) -Wl,--as-needed -o $@ $^ $(shell $(PKG_CONFIG) --libs ncursesw libcjson libpcap) $(LDLIBS)

# What a program of these libraries costs to start.
$(BUILD)/bench/empty_program: $(BUILD)/obj/tests/bench/empty_program.o
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(link) -Wl,--no-as-needed -o $@ $^ $(shell $(PKG_CONFIG) --libs $(PACKAGES)) $(LDLIBS)

# Loaded in front of the program, so that its calls fail.
$(TORTURE): tests/torture/fail.c tests/torture/fail_calls.c tests/torture/fail.h
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(CC) -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) -Wno-missing-prototypes -O2 -g -fPIC -shared -o $@ $(filter %.c,$^)

unit: $(UNIT) $(REPLAY) $(TORTURE) ## build the unit tests and the replays of the fuzz corpora

# As many jobs as there are processors, unless the caller has said how many.
in_parallel = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

run: ## install what is missing, build, and start the console with a demonstration
	$(Q)share/build/dependencies install build
	$(Q)$(MAKE) --no-print-directory $(in_parallel) all
	$(Q)if [ -t 0 ] && [ -t 1 ]; then exec $(BUILD)/sockeye --demo; fi; \
	echo "make run: the console needs a terminal; without one use the subcommands: $(BUILD)/sockeye --help"

test: ## install what is missing, build and run every test
	$(Q)share/build/dependencies install test
	$(Q)$(MAKE) --no-print-directory $(in_parallel) all unit
	$(Q)BUILD=$(BUILD) tests/run

check: all unit ## run every test; installs nothing
	$(Q)BUILD=$(BUILD) tests/run

FUZZ_SECONDS ?= 60
fuzz: ## fuzz each target for FUZZ_SECONDS with clang's libFuzzer
	$(Q)$(MAKE) --no-print-directory $(in_parallel) CC=clang BUILD=build/fuzzing \
	    SANITIZE=fuzzer-no-link,address,undefined fuzz-programs
	$(Q)tests/fuzz/run build/fuzzing/fuzz $(FUZZ_SECONDS)

fuzz-programs: $(FUZZ)
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(UI) $(PROBES) $(CORE)
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(link) -fsanitize=fuzzer -o $@ $^ $(CORE_LIBS) $(LDLIBS)

# Programs of other users, too, write down what they ran.
coverage: ## count the branches of core/ that the tests take; fails below 85 %
	$(Q)rm -rf build/coverage/obj/core/*/*.gcda
	$(Q)CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage $(MAKE) --no-print-directory \
	    $(in_parallel) BUILD=build/coverage all unit
	$(Q)find build/coverage -type d -exec chmod a+rwx {} +
	$(Q)umask 0 && SOCKEYE_SANDBOX=off BUILD=build/coverage tests/run || echo 'tests failed: what follows is of what they reached'
	$(Q)tests/coverage build/coverage

faults: all ## make every fault on IPv4 and IPv6, at every place, and ask why
	$(Q)BUILD=$(BUILD) tests/faults/run --all

SOAK_OPTIONS ?=
soak: all ## kill, interrupt and keep at work for a simulated day; a quarter of an hour
	$(Q)BUILD=$(BUILD) tests/soak/run $(SOAK_OPTIONS)

torture: ## make every system call and allocation fail in turn, under sanitizers
	$(Q)CFLAGS='-O1 -g' $(MAKE) --no-print-directory $(in_parallel) \
	    SANITIZE=address,undefined BUILD=build/address-undefined all build/address-undefined/torture/libfail.so
	$(Q)BUILD=build/address-undefined tests/torture/run

VALGRIND := valgrind --quiet --vgdb=no --leak-check=full --errors-for-leak-kinds=definite,indirect \
            --show-leak-kinds=definite,indirect --error-exitcode=99 --fair-sched=yes \
            --suppressions=tests/torture/valgrind.suppressions
valgrind: all unit ## run the unit tests and the scenarios of tests/torture under valgrind
	$(Q)UNIT_WRAPPER='$(VALGRIND)' UNIT_SAMPLE=1 TEST_SECONDS=1200 BUILD=$(BUILD) tests/run unit/
	$(Q)BUILD=$(BUILD) tests/torture/run --valgrind

bench: all $(BENCH) ## measure side by side with other tools; writes share/doc/benchmarks.md
	$(Q)BUILD=$(BUILD) tests/bench/run

reproducible: ## build twice, in two folders and at two times, and compare the bytes
	$(Q)tests/reproducible

layers: ## check that the arrows between the folders point one way
	$(Q)tests/layers

format: ## format every source file with clang-format
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

# cppcheck reads no system headers, and cannot guess that this macro is a loop.
UTHASH_LOOP := -DHASH_ITER(hh,head,el,tmp)=for((el)=(head),(tmp)=(el)?(el)->hh.next:0;el;(el)=(tmp))
TIDY_SHALLOW := --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow
TIDY_CHECKS := -*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.*
LINT_FLAGS  := -DSOCKEYE_VERSION=\"\" -DSOCKEYE_DATADIR=\"\" -std=c17 -D_GNU_SOURCE -I. $(PKG_CFLAGS)
SCRIPTS     := share/build/dependencies share/build/deb .ci/run tests/run tests/layers tests/catalogue tests/metrics tests/fuzz/run tests/soak/run tests/bench/run \
               tests/e2e/screenshot tests/reproducible tests/analyze tests/interop/build_helper $(wildcard tests/*/*.sh)
PROGRAM_SRC := $(CORE_SRC) $(PROBES_SRC) $(UI_SRC) $(wildcard ui/main.c)
# One file a run: clang-tidy 14 mistakes va_list when it is given several.
lint: ## cppcheck, clang's analyzer and shellcheck over the tree
	$(Q)cppcheck --quiet --error-exitcode=1 --enable=warning,portability --inline-suppr \
	    --std=c17 -D_GNU_SOURCE '$(UTHASH_LOOP)' -I. -j2 $(PROGRAM_SRC)
	$(Q)printf '%s\n' $(PROGRAM_SRC) | xargs -P2 -n1 sh -c 'clang-tidy --quiet \
	    --warnings-as-errors="*" --checks="$(TIDY_CHECKS)" $(TIDY_FLAGS) "$$@" -- $(LINT_FLAGS) 2>/dev/null' tidy
	$(Q)shellcheck $(SCRIPTS)

quick-lint: TIDY_FLAGS := $(TIDY_SHALLOW)
quick-lint: lint ## the same within a minute: the analyzer looks less deep

analyze: ## gcc's analyzer over the whole program; takes minutes
	$(Q)tests/analyze

metrics: ## list the largest files and functions
	$(Q)wc -l $(PROGRAM_SRC) | sort -rn | sed -n '2,11p'
	$(Q)tests/metrics $(PROGRAM_SRC)

PICTURES := screenshot:session stalled:stalled why:why
screenshot: all ## draw the pictures of share/doc from a real terminal
	$(Q)$(foreach p,$(PICTURES),BUILD=$(BUILD) tests/e2e/screenshot $(lastword $(subst :, ,$(p))) \
	    share/doc/$(firstword $(subst :, ,$(p))).svg && ) :

DEB = $(BUILD)/deb/sockeye_$(VERSION)_$(shell dpkg --print-architecture).deb
DEB_CFLAGS = -O2 -g -Wl,--build-id=sha1

# Pages and completions are filled in from the tables that the program itself goes by.
TABLES := $(BUILD)/reference/tables
PAGES := $(addprefix $(BUILD)/reference/,$(sort $(patsubst %.in,%,$(notdir $(wildcard share/man/*)))))
COMPLETIONS := $(addprefix $(BUILD)/reference/,sockeye.bash _sockeye sockeye.fish)
$(BUILD)/reference/sockeye.bash: WHAT := bash
$(BUILD)/reference/_sockeye: WHAT := zsh
$(BUILD)/reference/sockeye.fish: WHAT := fish
$(BUILD)/reference/%: WHAT := man

reference: $(PAGES) $(COMPLETIONS) ## write the manual pages and completions below build/reference

$(TABLES): $(BUILD)/sockeye
	$(Q)mkdir -p $(@D) && $< --dump-tables >$@
$(BUILD)/reference/%: share/man/%.in $(TABLES) share/build/reference
	$(say) PAGE $@
	$(Q)share/build/reference -v what=$(WHAT) $(TABLES) $< >$@
$(BUILD)/reference/%: share/completions/%.in $(TABLES) share/build/reference
	$(say) SHELL $@
	$(Q)share/build/reference -v what=$(WHAT) $(TABLES) $< >$@
$(BUILD)/reference/%: share/man/%
	$(Q)$(INSTALL) -D -m 644 $< $@

DOCUMENTS := README.md SECURITY.md LICENSE share/doc/architecture.md share/doc/scenarios.md share/doc/threat-model.md
DATA := $(wildcard share/VERSION share/*.json share/*.txt)
LESSONS := $(wildcard share/lessons/*.json)
SCENARIOS := $(wildcard share/scenarios/*.json)
THEMES := $(wildcard share/themes/*.json)
SECTIONS := $(sort $(patsubst .%,%,$(suffix $(PAGES))))
install: all reference ## install below PREFIX (and DESTDIR)
	$(Q)$(INSTALL) -D -m 755 $(BUILD)/sockeye $(DESTDIR)$(BINDIR)/sockeye
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR) $(DATA)
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/themes $(THEMES)
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/lessons $(LESSONS)
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/scenarios $(SCENARIOS)
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(DOCDIR) $(DOCUMENTS)
	$(Q)$(foreach n,$(SECTIONS),$(INSTALL) -D -m 644 -t $(DESTDIR)$(MANDIR)/man$(n) $(filter %.$(n),$(PAGES)) && ) :
	$(Q)$(INSTALL) -D -m 644 share/sockeye.desktop $(DESTDIR)$(APPDIR)/sockeye.desktop
	$(Q)$(INSTALL) -D -m 644 $(BUILD)/reference/sockeye.bash $(DESTDIR)$(BASHDIR)/sockeye
	$(Q)$(INSTALL) -D -m 644 $(BUILD)/reference/_sockeye $(DESTDIR)$(ZSHDIR)/_sockeye
	$(Q)$(INSTALL) -D -m 644 $(BUILD)/reference/sockeye.fish $(DESTDIR)$(FISHDIR)/sockeye.fish

# Only what install put there: the folders may be shared with others.
uninstall: ## remove what install put there
	$(Q)rm -f $(DESTDIR)$(BINDIR)/sockeye $(addprefix $(DESTDIR)$(DATADIR)/,$(notdir $(DATA))) \
	    $(addprefix $(DESTDIR)$(DOCDIR)/,$(notdir $(DOCUMENTS))) \
	    $(addprefix $(DESTDIR)$(DATADIR)/themes/,$(notdir $(THEMES))) \
	    $(addprefix $(DESTDIR)$(DATADIR)/lessons/,$(notdir $(LESSONS))) \
	    $(addprefix $(DESTDIR)$(DATADIR)/scenarios/,$(notdir $(SCENARIOS))) \
	    $(foreach page,$(PAGES),$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page))) \
	    $(DESTDIR)$(APPDIR)/sockeye.desktop $(DESTDIR)$(BASHDIR)/sockeye $(DESTDIR)$(ZSHDIR)/_sockeye \
	    $(DESTDIR)$(FISHDIR)/sockeye.fish
	$(Q)for folder in $(addprefix $(DESTDIR)$(DATADIR)/,themes lessons scenarios) $(DESTDIR)$(DATADIR) $(DESTDIR)$(DOCDIR); do \
	    [ ! -d "$$folder" ] || rmdir --ignore-fail-on-non-empty "$$folder"; done

# Built apart: what it is made of must not depend on what was made here before.
deb: ## build build/deb/sockeye_VERSION_ARCHITECTURE.deb
	$(Q)rm -rf $(BUILD)/deb/stage
	$(Q)$(MAKE) --no-print-directory $(in_parallel) install BUILD=$(BUILD)/deb/build PREFIX=/usr \
	    ZSHDIR=/usr/share/zsh/vendor-completions DESTDIR=$(BUILD)/deb/stage CFLAGS='$(DEB_CFLAGS)'
	$(Q)share/build/deb $(BUILD)/deb/stage $(DEB)
	$(Q)echo $(DEB)

clean: ## remove everything that was built
	$(Q)rm -rf build

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | \
	    while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done
	@echo '  V=1 shows the commands; SANITIZE=address,undefined or thread builds in a folder of its own.'

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
