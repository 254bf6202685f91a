/* core/net/options_internal.h - what the files of core/net/options*.c share: the tables of each level
 * and the codecs, which turn text into a value's bytes and back. */
#ifndef SOCKEYE_NET_OPTIONS_INTERNAL_H
#define SOCKEYE_NET_OPTIONS_INTERNAL_H

#include "core/net/options.h"

/* No option of the table has a longer value that we could say in a line; MCAST_MSFILTER and
 * SO_PEERGROUPS may, and then fail with the kernel's errno. */
#define OPTION_VALUE_BYTES 2048

struct option_value {
    size_t len;  /* of the value */
    size_t have; /* of its bytes that are here: less than len in the journal */
    int level;
    union {
        uint8_t bytes[OPTION_VALUE_BYTES];
        uint64_t aligned;
    };
};

struct option_codec {
    const char *name; /* see option_type_name() */
    const char
        *expects;      /* "40000-50000 or off"; NULL: told from the option's words and range */
    size_t bytes;      /* to offer to getsockopt() */
    size_t item_bytes; /* getsockopt() counts in items of this size; 0: in bytes */
    bool is_fd;        /* the value read is a descriptor of ours: close it */
    /* Text to value: 0, -EINVAL or -ENODEV.  NULL: it can only be read. */
    int (*parse)(const struct socket_option *o, const char *text, struct option_value *ret);
    /* Value to text; called with a whole value of any length.  False: as hex. */
    bool (*format)(const struct socket_option *o, const struct option_value *v,
                   struct line_out *l);
    /* In strace's form; false: what is here is not enough, or of no known form. */
    bool (*trace)(const struct socket_option *o, const struct option_value *v,
                  struct line_out *l);
};

/* Ends with name NULL. */
extern const struct socket_option options_of_socket[], options_of_ip[], options_of_ipv6[],
    options_of_tcp[], options_of_udp[];

extern const struct option_codec option_int_codec, option_uint_codec, option_uint64_codec,
    option_bool_codec, option_enum_codec, option_flags_codec, option_error_codec;
extern const struct option_codec option_linger_codec, option_timeval_codec,
    option_port_range_codec, option_txtime_codec, option_string_codec, option_filter_codec,
    option_opaque_codec;
extern const struct option_codec option_interface_codec, option_interface_net_codec,
    option_multicast_if_codec, option_membership_codec, option_source_codec,
    option_ipv6_zone_codec, option_group_codec, option_group_source_codec,
    option_source_filter_codec, option_md5_key_codec;
extern const struct option_codec option_sockaddr_codec, option_mtu_info_codec,
    option_ucred_codec, option_groups_codec, option_pidfd_codec, option_tcp_info_codec,
    option_meminfo_codec;

const struct option_codec *option_codec(enum option_type type);

/* Text to value and back through the codec.  On failure err tells what is expected. */
int option_value_parse(const struct socket_option *o, const char *text,
                       struct option_value *ret, struct err *err);
void option_value_format(const struct socket_option *o, const struct option_value *v, char *buf,
                         size_t size);

/* Make these bytes the value. */
void option_value_put(struct option_value *v, const void *bytes, size_t len);
/* Copy the first size bytes into a structure; false when they are not all here. */
bool option_value_take(const struct option_value *v, void *ret, size_t size);

/* A decimal or 0x number that begins the text, sign allowed; *ret_end behind it. */
bool option_number(const char *text, int64_t *ret, const char **ret_end);
/* The word for a number, or NULL; and the other way round, by text or constant in any case. */
const struct option_word *option_word_of(const struct option_word *words, int64_t value);
const struct option_word *option_word_find(const struct option_word *words, const char *text,
                                           size_t len);

#endif
