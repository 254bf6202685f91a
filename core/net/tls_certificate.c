/* core/net/tls_certificate.c - a certificate for a server that was given none, and what there is
 * to read in one (RFC 5280). */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/net/tls_internal.h"

#define VALID_SECONDS (24 * 60 * 60L)
/* Before now: clients' clocks differ. */
#define VALID_BEFORE_SECONDS (60 * 60L)

/* ---- making --------------------------------------------------------------------------- */

/* Add a name or an address to those that the certificate is for. */
static bool add_name(GENERAL_NAMES *names, const char *name)
{
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);
    GENERAL_NAME *one = GENERAL_NAME_new();
    ASN1_IA5STRING *dns = ip ? NULL : ASN1_IA5STRING_new();

    if (one && ip) {
        GENERAL_NAME_set0_value(one, GEN_IPADD, ip);
    } else if (one && dns && ASN1_STRING_set(dns, name, (int)strlen(name))) {
        GENERAL_NAME_set0_value(one, GEN_DNS, dns);
    } else {
        ASN1_OCTET_STRING_free(ip);
        ASN1_IA5STRING_free(dns);
        GENERAL_NAME_free(one);
        return false;
    }
    if (sk_GENERAL_NAME_push(names, one) > 0)
        return true;
    GENERAL_NAME_free(one);
    return false;
}

static bool add_names(X509 *cert, const struct endpoint *at)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    char own[HOST_NAME_MAX + 1] = "";
    bool done = names && add_name(names, "localhost") && add_name(names, "127.0.0.1") &&
                add_name(names, "::1");

    if (done && gethostname(own, sizeof(own) - 1) == 0 && own[0] &&
        strcmp(own, "localhost") != 0)
        done = add_name(names, own);
    if (done && at->host[0] && strcmp(at->host, "localhost") != 0 &&
        strcmp(at->host, "127.0.0.1") != 0 && strcmp(at->host, "::1") != 0)
        done = add_name(names, at->host);
    done = done && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) > 0;
    GENERAL_NAMES_free(names);
    return done;
}

static bool add_serial(X509 *cert)
{
    uint64_t serial;

    if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1)
        return false;
    /* Positive and not 0 (RFC 5280, 4.1.2.2). */
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1) == 1;
}

static bool fill(X509 *cert, EVP_PKEY *key, const struct endpoint *at)
{
    X509_NAME *name = X509_get_subject_name(cert);

    return X509_set_version(cert, X509_VERSION_3) == 1 && add_serial(cert) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -VALID_BEFORE_SECONDS) &&
           X509_gmtime_adj(X509_getm_notAfter(cert), VALID_SECONDS) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
           add_names(cert, at) && X509_sign(cert, key, EVP_sha256()) > 0;
}

int tls_certificate_make(const struct endpoint *at, X509 **ret_cert, EVP_PKEY **ret_key,
                         struct err *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    const char *why;

    if (key && cert && fill(cert, key, at)) {
        *ret_cert = cert;
        *ret_key = key;
        return 0;
    }
    EVP_PKEY_free(key);
    X509_free(cert);
    why = ERR_reason_error_string(ERR_peek_error());
    return err_set(err, -EPROTO, "tls", "", "no certificate could be made%s%s", why ? ": " : "",
                   why ? why : "");
}

/* ---- reading -------------------------------------------------------------------------- */

void tls_certificate_fingerprint(const X509 *cert, char ret[FINGERPRINT_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    ret[0] = '\0';
    X509_digest(cert, EVP_sha256(), digest, &len);
    for (unsigned i = 0; i < len && 3 * i + 3 <= FINGERPRINT_BYTES; i++)
        snprintf(ret + 3 * i, FINGERPRINT_BYTES - 3 * i, i + 1 < len ? "%02X:" : "%02X",
                 digest[i]);
}

/* "CN=a.example,O=Example" as RFC 4514 has it, most specific first. */
static void write_name(const X509_NAME *name, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len;

    out[0] = '\0';
    if (!bio)
        return;
    X509_NAME_print_ex(bio, name, 0,
                       (XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) |
                           ASN1_STRFLGS_UTF8_CONVERT);
    len = BIO_get_mem_data(bio, &text);
    if (len > 0)
        text_clean(text, (size_t)len, out, size);
    BIO_free(bio);
}

void tls_certificate_subject(X509 *cert, char *out, size_t size)
{
    write_name(X509_get_subject_name(cert), out, size);
    /* Many certificates have names instead of a subject. */
    if (!out[0])
        tls_certificate_names(cert, out, size);
}

void tls_certificate_issuer(X509 *cert, char *out, size_t size)
{
    write_name(X509_get_issuer_name(cert), out, size);
}

/* One name as text, raw; false when it is neither a name nor an address. */
static bool read_name(const GENERAL_NAME *name, char *out, size_t size)
{
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    const unsigned char *bytes;
    int len;

    if (type != GEN_DNS && type != GEN_IPADD)
        return false;
    bytes = ASN1_STRING_get0_data(value);
    len = ASN1_STRING_length(value);
    if (type == GEN_DNS)
        return text_clean(bytes, (size_t)len, out, size) > 0;
    return (len == 4 && inet_ntop(AF_INET, bytes, out, (socklen_t)size)) ||
           (len == 16 && inet_ntop(AF_INET6, bytes, out, (socklen_t)size));
}

void tls_certificate_names(X509 *cert, char *out, size_t size)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    char all[2 * ENDPOINT_HOST_BYTES] = "", one[ENDPOINT_HOST_BYTES];
    size_t used = 0;

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && used < sizeof(all); i++)
        if (read_name(sk_GENERAL_NAME_value(names, i), one, sizeof(one)))
            used +=
                (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "", one);
    GENERAL_NAMES_free(names);
    /* Cut between characters. */
    text_clean(all, strlen(all), out, size);
}

int64_t tls_certificate_time(const ASN1_TIME *time)
{
    struct tm tm;

    return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

const char *tls_time_format(int64_t seconds, char buf[TLS_TIME_BYTES])
{
    time_t at = (time_t)seconds;
    struct tm tm;

    if (!gmtime_r(&at, &tm) || !strftime(buf, TLS_TIME_BYTES, "%Y-%m-%d %H:%M:%S UTC", &tm))
        snprintf(buf, TLS_TIME_BYTES, "an unknown time");
    return buf;
}
