/* core/net/tls_reason.c - why TLS failed, in words.
 *
 * Alerts: RFC 8446, 6.2, and RFC 7301, 3.2; what is wrong with a certificate:
 * openssl-verification-options(1). */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "core/base/text.h"
#include "core/net/tls_internal.h"

/* ---- certificates --------------------------------------------------------------------- */

/* As much of a subject as leaves room for the rest of the sentence. */
#define NAME_BYTES 64

static void write_time(X509 *cert, const char *subject, int error, char *out, size_t size)
{
    bool expired = error == X509_V_ERR_CERT_HAS_EXPIRED;
    const ASN1_TIME *time = expired ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert);
    char text[TLS_TIME_BYTES];

    tls_time_format(tls_certificate_time(time), text);
    if (expired)
        snprintf(out, size, "the certificate of '%s' expired on %s", subject, text);
    else
        snprintf(out, size, "the certificate of '%s' is not valid before %s, says our clock",
                 subject, text);
}

static void write_mismatch(X509 *cert, const char *subject, const char *expected, char *out,
                           size_t size)
{
    char names[NAME_BYTES];

    tls_certificate_names(cert, names, sizeof(names));
    snprintf(out, size, "the certificate is for '%s', not for '%.60s'",
             names[0] ? names : subject, expected);
}

void tls_reason_untrusted(X509_STORE_CTX *store, const char *expected, char *out, size_t size)
{
    X509 *cert = X509_STORE_CTX_get_current_cert(store);
    int error = X509_STORE_CTX_get_error(store);
    char subject[NAME_BYTES] = "?", issuer[NAME_BYTES] = "?";

    if (cert) {
        tls_certificate_subject(cert, subject, sizeof(subject));
        tls_certificate_issuer(cert, issuer, sizeof(issuer));
    }
    switch (cert ? error : X509_V_ERR_UNSPECIFIED) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        write_time(cert, subject, error, out, size);
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        write_mismatch(cert, subject, expected, out, size);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        snprintf(out, size, "the certificate of '%s' is signed by itself", subject);
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        snprintf(out, size, "its chain ends at '%s', which is no trust anchor here", subject);
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        snprintf(out, size, "issuer unknown: no trust anchor for '%s'", issuer);
        break;
    default:
        snprintf(out, size, "the certificate of '%s': %s (%d)", subject,
                 X509_verify_cert_error_string(error), error);
        break;
    }
}

const char *tls_untrusted_symbol(int verify_error)
{
    switch (verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "certificate expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "certificate too young";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "wrong name";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "self-signed certificate";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "issuer unknown";
    default:
        return "bad certificate";
    }
}

/* ---- alerts and other failures -------------------------------------------------------- */

/* What an alert of the peer most likely is about; "" when its name says it all. */
static const char *alert_advice(int alert, bool server)
{
    switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE:
        return server ? ": no cipher or version in common"
                      : ": no cipher in common, or it wants a certificate (--cert)";
    case SSL_AD_PROTOCOL_VERSION:
        return ": no version in common";
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_CERTIFICATE_UNKNOWN:
        return ": it does not trust our certificate";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return ": it wants a certificate of ours (--cert)";
    case SSL_AD_UNRECOGNIZED_NAME:
        return ": it does not know the name it was asked for (--sni)";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return ": no application protocol in common (--alpn)";
    default:
        return "";
    }
}

/* OpenSSL 3.0 has no names for the youngest ones. */
const char *tls_reason_alert(int alert)
{
    switch (alert) {
    case SSL_AD_MISSING_EXTENSION:
        return "missing extension";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return "certificate required";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return "no application protocol";
    default:
        return SSL_alert_desc_string_long(alert);
    }
}

static void write_alert(int alert, bool server, char *out, size_t size)
{
    snprintf(out, size, "the peer sent the alert '%s' (%d)%s", tls_reason_alert(alert), alert,
             alert_advice(alert, server));
}

static void write_no_tls(const struct tls *t, char *out, size_t size)
{
    char first[4 * TLS_FIRST_BYTES + 1];

    text_clean(t->first, t->n_first, first, sizeof(first));
    snprintf(out, size, "the peer does not speak TLS: it begins with '%s'", first);
}

void tls_reason_failed(const struct tls *t, char *out, size_t size)
{
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    const char *text = ERR_reason_error_string(error);

    if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + UINT8_MAX) {
        write_alert(reason - SSL_AD_REASON_OFFSET, t->context->server, out, size);
        return;
    }
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        if (t->finished)
            break;
        write_no_tls(t, out, size);
        return;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
        snprintf(out, size, "no TLS version in common with the peer");
        return;
    case SSL_R_NO_SHARED_CIPHER:
        snprintf(out, size, "no cipher in common with the peer");
        return;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        snprintf(out, size, "the peer showed no certificate, which --client-ca demands");
        return;
    case SSL_R_NO_APPLICATION_PROTOCOL:
        snprintf(out, size, "no application protocol in common with the peer (--alpn)");
        return;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
        snprintf(out, size, "a record was changed on its way: its check failed");
        return;
    default:
        break;
    }
    snprintf(out, size, "%s", text ? text : "OpenSSL gives no reason");
}
