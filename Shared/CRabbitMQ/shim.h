// What librabbitmq offers, plus the calls that Swift cannot make: it refuses variadic C functions.
#ifndef EBINDA_CRABBITMQ_SHIM_H
#define EBINDA_CRABBITMQ_SHIM_H

// Debian 12 (0.11) installs the headers in the include root, Debian 13 (0.15) below rabbitmq-c/ and keeps the old names.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

/// PLAIN login with client properties (capabilities); `amqp_login_with_properties` is variadic.
static inline amqp_rpc_reply_t ebinda_amqp_login_plain(
    amqp_connection_state_t state, const char *vhost, int channel_max, int frame_max, int heartbeat,
    const amqp_table_t *properties, const char *user, const char *password) {
    return amqp_login_with_properties(
        state, vhost, channel_max, frame_max, heartbeat, properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

#endif
