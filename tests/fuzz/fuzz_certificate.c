/* A certificate as a peer sends it, in DER; the first byte is how much room there is for its
 * texts.  They are printable and end within it. */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/tls_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void (*write)(X509 *cert, char *out, size_t size), X509 *cert, size_t room)
{
    char *out = mem_new(room, 1);

    memset(out, 0x5a, room);
    write(cert, out, room);
    if (!memchr(out, '\0', room) || !text_is_printable(out))
        abort();
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned char *at = data + 1;
    char fingerprint[FINGERPRINT_BYTES], time[TLS_TIME_BYTES];
    size_t room = size ? data[0] + 1U : 1;
    X509 *cert = size ? d2i_X509(NULL, &at, (long)size - 1) : NULL;

    if (cert) {
        check(tls_certificate_subject, cert, room);
        check(tls_certificate_issuer, cert, room);
        check(tls_certificate_names, cert, room);
        tls_certificate_fingerprint(cert, fingerprint);
        tls_time_format(tls_certificate_time(X509_get0_notBefore(cert)), time);
        if (strlen(fingerprint) != FINGERPRINT_BYTES - 1 || !text_is_printable(time))
            abort();
    }
    X509_free(cert);
    ERR_clear_error();
    return 0;
}
