// What librabbitmq offers, plus the calls that Swift cannot make: it refuses variadic C functions.
#ifndef EBINDA_CRABBITMQ_SHIM_H
#define EBINDA_CRABBITMQ_SHIM_H

// 0.11 (Debian 12) has its headers in the include root; 0.15 (Debian 13) has them in a folder and warns at the old names.
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

/// PLAIN login with client properties (capabilities); `amqp_login_with_properties` is variadic.
static inline amqp_rpc_reply_t ebinda_amqp_login_plain(
    amqp_connection_state_t state, const char *vhost, int channel_max, int frame_max, int heartbeat,
    const amqp_table_t *properties, const char *user, const char *password) {
    return amqp_login_with_properties(
        state, vhost, channel_max, frame_max, heartbeat, properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

/// EXTERNAL login: the broker takes the account from the client's certificate.
static inline amqp_rpc_reply_t ebinda_amqp_login_external(
    amqp_connection_state_t state, const char *vhost, int channel_max, int frame_max, int heartbeat,
    const amqp_table_t *properties, const char *user) {
    return amqp_login_with_properties(
        state, vhost, channel_max, frame_max, heartbeat, properties, AMQP_SASL_METHOD_EXTERNAL, user);
}

#endif
