#include "probes/groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "probes/netns.h"

#define LINE_BYTES 256

/* "1\tlo        :     1      V3" begins an interface, "\t\t\t\t010000E0     1 0:00000000\t\t0" is
 * a group of it: the address as this machine reads its four bytes. */
static uint32_t parse_igmp(const char *line, const struct addr *group,
                           char device[GROUPS_DEVICE_BYTES])
{
    unsigned index, address, users, wanted = 0;
    char name[GROUPS_DEVICE_BYTES];

    if (line[0] != '\t' && sscanf(line, "%u %15[^: \t]", &index, name) == 2) {
        memcpy(device, name, sizeof(name));
        return 0;
    }
    memcpy(&wanted, group->ip, 4);
    if (line[0] != '\t' || sscanf(line, " %8X %u", &address, &users) != 2 || address != wanted)
        return 0;
    return users;
}

/* "1    lo              ff020000000000000000000000000001     1 0000000C 0" */
static uint32_t parse_igmp6(const char *line, const struct addr *group,
                            char device[GROUPS_DEVICE_BYTES])
{
    char name[GROUPS_DEVICE_BYTES], address[33], wanted[33];
    unsigned index, users;

    for (size_t i = 0; i < 16; i++)
        snprintf(wanted + 2 * i, 3, "%02x", group->ip[i]);
    if (sscanf(line, "%u %15s %32s %u", &index, name, address, &users) != 4)
        return 0;
    memcpy(device, name, sizeof(name));
    return strcmp(address, wanted) == 0 ? users : 0;
}

uint32_t groups_parse(const char *line, const struct addr *group,
                      char device[GROUPS_DEVICE_BYTES])
{
    return group->family == AF_INET6 ? parse_igmp6(line, group, device)
                                     : parse_igmp(line, group, device);
}

/* Returns 0, or negative errno: the file could not be read. */
static int count(const char *folder, const struct addr *group, const char *interface,
                 uint32_t *ret_there, uint32_t *ret_elsewhere, char elsewhere[16])
{
    char path[64], line[LINE_BYTES], device[GROUPS_DEVICE_BYTES] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/net/igmp%s", folder, group->family == AF_INET6 ? "6" : "");
    f = fopen(path, "re");
    if (!f)
        return -errno;
    while (fgets(line, sizeof(line), f)) {
        uint32_t users = groups_parse(line, group, device);

        if (!users)
            continue;
        if (strcmp(device, interface) == 0) {
            *ret_there += users;
        } else {
            *ret_elsewhere += users;
            text_clean(device, strlen(device), elsewhere, GROUPS_DEVICE_BYTES);
        }
    }
    fclose(f);
    return 0;
}

static void look_elsewhere(const struct addr *group, struct group_facts *ret)
{
    struct snapshot s = {0};
    char folder[32], device[16];

    netns_find("all", &s);
    ret->others_seen = s.unseen_processes == 0;
    for (size_t i = 1; i < s.n_netns; i++) {
        const struct netns *ns = &s.netns[i];
        uint32_t members = 0;

        snprintf(folder, sizeof(folder), "/proc/%d", ns->pid);
        if (!ns->pid || count(folder, group, "", &members, &members, device) < 0)
            ret->others_seen = false;
        if (members && !ret->other_members)
            memcpy(ret->other_netns, ns->name, sizeof(ret->other_netns));
        ret->other_members += members;
    }
    free(s.netns);
}

void groups_look(const struct addr *group, const char *interface, struct group_facts *ret)
{
    *ret = (struct group_facts){0};
    ret->seen = count("/proc/thread-self", group, interface, &ret->members,
                      &ret->members_elsewhere, ret->elsewhere) == 0;
    look_elsewhere(group, ret);
}
