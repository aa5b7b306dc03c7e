/* server_tls.c - the certificate: its texts for the HTTP library, and the pin
 * by which this machine's own workers know it, whoever signed it and for
 * whatever name. */
#include "api/server_private.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>

/* The SHA-256 of the public key, as DER, in base64. */
static int
pin_write(gnutls_pubkey_t key, char *out, size_t size)
{
    unsigned char hash[32];
    gnutls_datum_t der = {0}, text = {0};
    const gnutls_datum_t digest = {hash, sizeof(hash)};
    int failure = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der);
    if (failure)
        return failure;
    sha256_raw(der.data, der.size, hash);
    gnutls_free(der.data);
    failure = gnutls_base64_encode2(&digest, &text);
    if (failure)
        return failure;
    snprintf(out, size, "sha256//%.*s", (int)text.size, (char *)text.data);
    gnutls_free(text.data);
    return 0;
}

/* Of the first certificate in a chain: the server's own. */
static int
pin_find(const struct bytes *pem, char *out, size_t size)
{
    const gnutls_datum_t text = {pem->data, (unsigned)pem->size};
    gnutls_x509_crt_t certificate = NULL;
    gnutls_pubkey_t key = NULL;
    int failure = gnutls_x509_crt_init(&certificate);
    if (!failure)
        failure =
            gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM);
    if (!failure)
        failure = gnutls_pubkey_init(&key);
    if (!failure)
        failure = gnutls_pubkey_import_x509(key, certificate, 0);
    if (!failure)
        failure = pin_write(key, out, size);
    if (key)
        gnutls_pubkey_deinit(key);
    if (certificate)
        gnutls_x509_crt_deinit(certificate);
    return failure;
}

enum status
tls_load(struct api *api, struct error *err)
{
    const size_t most = (size_t)1 << 20;
    enum status status =
        file_read(api->options.tls_cert, most, &api->cert, err);
    if (status == OK)
        status = file_read(api->options.tls_key, most, &api->key, err);
    if (status)
        return status;
    int failure = pin_find(&api->cert, api->pin, sizeof(api->pin));
    if (failure)
        return error_set(err, INVALID, "%s: %s", api->options.tls_cert,
                         gnutls_strerror(failure));
    return OK;
}
