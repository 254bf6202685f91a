/* ICMP types and codes in words.  Numbers: IANA, "ICMP Type Numbers" and "ICMPv6
 * Parameters". */
#include "core/wire/icmp_names.h"

#include <stdio.h>

#define ANY_CODE ICMP_ANY_CODE /* the type itself */

struct code_name {
    uint8_t type;
    uint16_t code;
    const char *name;
};

static const struct code_name V4_NAMES[] = {
    {0, ANY_CODE, "echo reply"},
    {3, ANY_CODE, "destination unreachable"},
    {3, 0, "network unreachable"},
    {3, 1, "host unreachable"},
    {3, 2, "protocol unreachable"},
    {3, 3, "port unreachable"},
    {3, 4, "fragmentation needed"},
    {3, 5, "source route failed"},
    {3, 6, "network unknown"},
    {3, 7, "host unknown"},
    {3, 8, "source host isolated"},
    {3, 9, "network administratively prohibited"},
    {3, 10, "host administratively prohibited"},
    {3, 11, "network unreachable for this type of service"},
    {3, 12, "host unreachable for this type of service"},
    {3, 13, "communication administratively prohibited"},
    {3, 14, "host precedence violation"},
    {3, 15, "precedence cutoff in effect"},
    {4, ANY_CODE, "source quench"},
    {5, ANY_CODE, "redirect"},
    {5, 0, "for the network"},
    {5, 1, "for the host"},
    {5, 2, "for the type of service and network"},
    {5, 3, "for the type of service and host"},
    {6, ANY_CODE, "alternate host address"},
    {6, 0, "alternate address for host"},
    {8, ANY_CODE, "echo request"},
    {9, ANY_CODE, "router advertisement"},
    {9, 0, "normal router advertisement"},
    {9, 16, "does not route common traffic"},
    {10, ANY_CODE, "router solicitation"},
    {11, ANY_CODE, "time exceeded"},
    {11, 0, "time to live exceeded in transit"},
    {11, 1, "fragment reassembly time exceeded"},
    {12, ANY_CODE, "parameter problem"},
    {12, 0, "pointer indicates the error"},
    {12, 1, "required option missing"},
    {12, 2, "bad length"},
    {13, ANY_CODE, "timestamp request"},
    {14, ANY_CODE, "timestamp reply"},
    {15, ANY_CODE, "information request"},
    {16, ANY_CODE, "information reply"},
    {17, ANY_CODE, "address mask request"},
    {18, ANY_CODE, "address mask reply"},
    {30, ANY_CODE, "traceroute"},
    {31, ANY_CODE, "datagram conversion error"},
    {32, ANY_CODE, "mobile host redirect"},
    {33, ANY_CODE, "IPv6 where-are-you"},
    {34, ANY_CODE, "IPv6 I-am-here"},
    {35, ANY_CODE, "mobile registration request"},
    {36, ANY_CODE, "mobile registration reply"},
    {37, ANY_CODE, "domain name request"},
    {38, ANY_CODE, "domain name reply"},
    {39, ANY_CODE, "SKIP algorithm discovery"},
    {40, ANY_CODE, "security failure"},
    {40, 0, "bad SPI"},
    {40, 1, "authentication failed"},
    {40, 2, "decompression failed"},
    {40, 3, "decryption failed"},
    {40, 4, "need authentication"},
    {40, 5, "need authorization"},
    {41, ANY_CODE, "experimental mobility message"},
    {42, ANY_CODE, "extended echo request"},
    {43, ANY_CODE, "extended echo reply"},
    {43, 1, "malformed query"},
    {43, 2, "no such interface"},
    {43, 3, "no such table entry"},
    {43, 4, "multiple interfaces satisfy the query"},
    {253, ANY_CODE, "experiment 1"},
    {254, ANY_CODE, "experiment 2"},
};

static const struct code_name V6_NAMES[] = {
    {1, ANY_CODE, "destination unreachable"},
    {1, 0, "no route to destination"},
    {1, 1, "administratively prohibited"},
    {1, 2, "beyond scope of source address"},
    {1, 3, "address unreachable"},
    {1, 4, "port unreachable"},
    {1, 5, "source address failed ingress/egress policy"},
    {1, 6, "reject route to destination"},
    {1, 7, "error in source routing header"},
    {1, 8, "headers too long"},
    {2, ANY_CODE, "packet too big"},
    {3, ANY_CODE, "time exceeded"},
    {3, 0, "hop limit exceeded in transit"},
    {3, 1, "fragment reassembly time exceeded"},
    {4, ANY_CODE, "parameter problem"},
    {4, 0, "erroneous header field"},
    {4, 1, "unrecognized next header"},
    {4, 2, "unrecognized IPv6 option"},
    {4, 3, "first fragment has incomplete header chain"},
    {4, 4, "SR upper-layer header error"},
    {4, 5, "unrecognized next header at intermediate node"},
    {4, 6, "extension header too big"},
    {4, 7, "extension header chain too long"},
    {4, 8, "too many extension headers"},
    {4, 9, "too many options in extension header"},
    {4, 10, "option too big"},
    {100, ANY_CODE, "private experiment"},
    {101, ANY_CODE, "private experiment"},
    {128, ANY_CODE, "echo request"},
    {129, ANY_CODE, "echo reply"},
    {130, ANY_CODE, "multicast listener query"},
    {131, ANY_CODE, "multicast listener report"},
    {132, ANY_CODE, "multicast listener done"},
    {133, ANY_CODE, "router solicitation"},
    {134, ANY_CODE, "router advertisement"},
    {135, ANY_CODE, "neighbor solicitation"},
    {136, ANY_CODE, "neighbor advertisement"},
    {137, ANY_CODE, "redirect"},
    {138, ANY_CODE, "router renumbering"},
    {138, 0, "command"},
    {138, 1, "result"},
    {138, 255, "sequence number reset"},
    {139, ANY_CODE, "node information query"},
    {139, 0, "about an IPv6 address"},
    {139, 1, "about a name"},
    {139, 2, "about an IPv4 address"},
    {140, ANY_CODE, "node information response"},
    {140, 0, "successful"},
    {140, 1, "refused"},
    {140, 2, "unknown type of query"},
    {141, ANY_CODE, "inverse neighbor discovery solicitation"},
    {142, ANY_CODE, "inverse neighbor discovery advertisement"},
    {143, ANY_CODE, "multicast listener report v2"},
    {144, ANY_CODE, "home agent address discovery request"},
    {145, ANY_CODE, "home agent address discovery reply"},
    {146, ANY_CODE, "mobile prefix solicitation"},
    {147, ANY_CODE, "mobile prefix advertisement"},
    {148, ANY_CODE, "certification path solicitation"},
    {149, ANY_CODE, "certification path advertisement"},
    {150, ANY_CODE, "experimental mobility message"},
    {151, ANY_CODE, "multicast router advertisement"},
    {152, ANY_CODE, "multicast router solicitation"},
    {153, ANY_CODE, "multicast router termination"},
    {154, ANY_CODE, "FMIPv6 message"},
    {155, ANY_CODE, "RPL control message"},
    {156, ANY_CODE, "ILNPv6 locator update"},
    {157, ANY_CODE, "duplicate address request"},
    {158, ANY_CODE, "duplicate address confirmation"},
    {159, ANY_CODE, "MPL control message"},
    {160, ANY_CODE, "extended echo request"},
    {161, ANY_CODE, "extended echo reply"},
    {161, 1, "malformed query"},
    {161, 2, "no such interface"},
    {161, 3, "no such table entry"},
    {161, 4, "multiple interfaces satisfy the query"},
    {200, ANY_CODE, "private experiment"},
    {201, ANY_CODE, "private experiment"},
};

const char *icmp_name(bool v6, uint8_t type, uint16_t code)
{
    const struct code_name *names = v6 ? V6_NAMES : V4_NAMES;
    size_t n =
        v6 ? sizeof(V6_NAMES) / sizeof(V6_NAMES[0]) : sizeof(V4_NAMES) / sizeof(V4_NAMES[0]);

    for (size_t i = 0; i < n; i++)
        if (names[i].type == type && names[i].code == code)
            return names[i].name;
    return NULL;
}

const char *icmp_describe(bool v6, uint8_t type, uint8_t code, char buf[ICMP_TEXT_BYTES])
{
    const char *of_type = icmp_name(v6, type, ICMP_ANY_CODE),
               *of_code = icmp_name(v6, type, code);
    char number[16];
    int used;

    snprintf(number, sizeof(number), "type %u", type);
    used = snprintf(buf, ICMP_TEXT_BYTES, "%s", of_type ? of_type : number);
    if (of_code)
        snprintf(buf + used, ICMP_TEXT_BYTES - (size_t)used, ": %s", of_code);
    else if (code || !of_type)
        snprintf(buf + used, ICMP_TEXT_BYTES - (size_t)used, " code %u", code);
    return buf;
}
