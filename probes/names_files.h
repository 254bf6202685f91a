/* probes/names_files.h - the files that name lookups read: hosts(5), resolv.conf(5),
 * nsswitch.conf(5), services(5).
 *
 * Parsers of text that may hold anything, as the C library reads it; pure.  Whatever does not fit
 * is counted. */
#ifndef SOCKEYE_PROBES_NAMES_FILES_H
#define SOCKEYE_PROBES_NAMES_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/names.h"

/* A hosts file may be a list of everything that shall not be reached. */
#define NAMES_FILE_BYTES (16U << 20)

/* Findings for the lines that give the report's name an address. */
void names_read_hosts(const char *text, size_t len, struct name_report *r);
/* Findings for the lines of an address, but those that are there already. */
void names_read_hosts_of(const char *text, size_t len, const struct addr *a,
                         struct name_report *r);

/* port: of the servers.  hostname: its domain is the search list where the file has none.
 * local_domain and options stand for the environment's LOCALDOMAIN and RES_OPTIONS, which go
 * before the file; NULL: not set. */
void names_read_resolv(const char *text, size_t len, uint16_t port, const char *hostname,
                       const char *local_domain, const char *options,
                       struct name_resolver *ret);

/* The line "hosts:", and a finding for each module that is not looked into. */
void names_read_switch(const char *text, size_t len, struct name_report *r);

/* The names of the report's port. */
void names_read_services(const char *text, size_t len, struct name_report *r);

/* The names a DNS server is asked for one after the other until one has an answer: the name with
 * each suffix and the name itself, in the order of resolv.conf(5).  Number i, and the suffix in it
 * (may be empty); false behind the last. */
bool names_candidate(const struct name_resolver *resolver, const char *name, size_t i,
                     char ret[2 * NAMES_TEXT_BYTES], const char **ret_suffix);

#endif
