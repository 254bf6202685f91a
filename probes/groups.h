/* probes/groups.h - who has joined a multicast group: /proc/PID/net/igmp and igmp6. */
#ifndef SOCKEYE_PROBES_GROUPS_H
#define SOCKEYE_PROBES_GROUPS_H

#include "core/model/surroundings.h"

/* The members of a group on an interface of this namespace, on its others, and in every other
 * namespace that can be looked into. */
void groups_look(const struct addr *group, const char *interface, struct group_facts *ret);

/* One line, as both files have them.  device: the interface that the lines before belong to; of
 * igmp a line may only change it.  Returns how many have joined the group by this line.  
 * Pure. */
#define GROUPS_DEVICE_BYTES 16
uint32_t groups_parse(const char *line, const struct addr *group,
                      char device[GROUPS_DEVICE_BYTES]);

#endif
