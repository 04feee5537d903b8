// The reliable hop as lean as C makes it: the baseline of the hop benchmark.
//
// The same batched work over the same libraries as the project's consumer: up to 200 deliveries; one transaction, pipelined,
// with inbox, upsert, removal of confirmed outbox rows and outbox set-wise; publishes with confirms; one multiple ack.
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#endif
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { BATCH = 200, PREFETCH = 800, BODY = 1024 };

static void die(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static amqp_connection_state_t connect_broker(char **arguments) {
    amqp_connection_state_t state = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(state);
    if (amqp_socket_open(socket, arguments[1], atoi(arguments[2])) != AMQP_STATUS_OK) die("connect");
    if (amqp_login(state, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, arguments[3], arguments[4]).reply_type
        != AMQP_RESPONSE_NORMAL) die("login");
    amqp_channel_open(state, 1);
    if (amqp_get_rpc_reply(state).reply_type != AMQP_RESPONSE_NORMAL) die("channel");
    return state;
}

typedef struct { unsigned char id[16], subject[16], body[BODY]; int length; uint64_t tag; } message;

static void format_uuid(const unsigned char *id, char *text) {
    static const char digits[] = "0123456789abcdef";
    for (int n = 0; n < 16; n++) {
        if (n == 4 || n == 6 || n == 8 || n == 10) *text++ = '-';
        *text++ = digits[id[n] >> 4];
        *text++ = digits[id[n] & 15];
    }
    *text = 0;
}

static unsigned hex(unsigned char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

static void fast_uuid(const unsigned char *text, unsigned char *out) {
    for (int n = 0; n < 16; n++) {
        if (*text == '-') text++;
        out[n] = (unsigned char)(hex(text[0]) << 4 | hex(text[1]));
        text += 2;
    }
}

// Reads deliveries until `limit` are there or nothing more has come; waits for the first.
static int receive(amqp_connection_state_t state, message *batch, int limit) {
    int count = 0;
    message *open = NULL;
    size_t remaining = 0;
    struct timeval zero = {0, 0};
    while (count < limit) {
        amqp_frame_t frame;
        amqp_maybe_release_buffers(state);
        int status = amqp_simple_wait_frame_noblock(state, &frame, count == 0 && !open ? NULL : &zero);
        if (status == AMQP_STATUS_TIMEOUT) {
            if (!open) return count;
            struct pollfd waiting = {amqp_get_sockfd(state), POLLIN, 0};
            poll(&waiting, 1, -1);
            continue;
        }
        if (status != AMQP_STATUS_OK) die("receive");
        if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_DELIVER_METHOD) {
            open = &batch[count];
            open->tag = ((amqp_basic_deliver_t *)frame.payload.method.decoded)->delivery_tag;
            open->length = 0;
        } else if (frame.frame_type == AMQP_FRAME_HEADER && open) {
            amqp_basic_properties_t *properties = frame.payload.properties.decoded;
            fast_uuid(properties->message_id.bytes, open->id);
            for (int i = 0; i < properties->headers.num_entries; i++) {
                amqp_table_entry_t *entry = &properties->headers.entries[i];
                if (entry->key.len == 19 && !memcmp(entry->key.bytes, "cloudEvents_subject", 19))
                    fast_uuid(entry->value.value.bytes.bytes, open->subject);
            }
            remaining = frame.payload.properties.body_size;
        } else if (frame.frame_type == AMQP_FRAME_BODY && open) {
            memcpy(open->body + open->length, frame.payload.body_fragment.bytes, frame.payload.body_fragment.len);
            open->length += (int)frame.payload.body_fragment.len;
            remaining -= frame.payload.body_fragment.len;
            if (remaining == 0) {
                open = NULL;
                count++;
            }
        }
    }
    return count;
}

typedef struct { char *bytes; int length; } array;

static void put32(array *a, int32_t value) {
    value = (int32_t)htonl((uint32_t)value);
    memcpy(a->bytes + a->length, &value, 4);
    a->length += 4;
}

static void begin(array *a, int32_t type, int count) {
    a->length = 0;
    put32(a, count > 0);
    put32(a, 1);
    put32(a, type);
    if (count > 0) {
        put32(a, count);
        put32(a, 1);
    }
}

static void put(array *a, const void *bytes, int length) {
    put32(a, length);
    memcpy(a->bytes + a->length, bytes, (size_t)length);
    a->length += length;
}

static void send_statement(PGconn *database, const char *name, int count, array *arrays) {
    const char *values[8];
    int lengths[8], formats[8];
    for (int i = 0; i < count; i++) {
        values[i] = arrays[i].bytes;
        lengths[i] = arrays[i].length;
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(database, name, count, values, lengths, formats, 1)) die(PQerrorMessage(database));
}

static void prepare(PGconn *database, const char *name, const char *text) {
    PGresult *result = PQprepare(database, name, text, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) die(PQerrorMessage(database));
    PQclear(result);
}

// Waits for the end of one pipeline segment.
static void finish(PGconn *database) {
    if (!PQpipelineSync(database)) die("sync");
    for (;;) {
        PGresult *result = PQgetResult(database);
        if (!result) continue;
        ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC) return;
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) die(PQerrorMessage(database));
    }
}

static double processor(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 10) die("usage: BareHop host port user password queue exchange key count conninfo");
    int total = atoi(argv[8]);
    amqp_connection_state_t in = connect_broker(argv), out = connect_broker(argv);
    amqp_confirm_select(out, 1);
    amqp_basic_qos(in, 1, 0, PREFETCH, 0);
    PGconn *database = PQconnectdb(argv[9]);
    if (PQstatus(database) != CONNECTION_OK) die(PQerrorMessage(database));
    prepare(database, "begin", "BEGIN");
    prepare(database, "commit", "COMMIT");
    prepare(database, "inbox",
        "INSERT INTO inbox (id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING id");
    prepare(database, "effects",
        "INSERT INTO effects (aggregate, count, version, updated_at) SELECT unnest($1::uuid[]), 1, 1, now() "
        "ON CONFLICT (aggregate) DO UPDATE SET count = effects.count + 1, updated_at = now()");
    prepare(database, "outbox",
        "INSERT INTO outbox (id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at, body, "
        "not_before) SELECT id, 'ebinda.events', 'toy.toy.ponged', false, 'toy.ponged', aggregate, 1, now(), body, "
        "now() + interval '5 s' FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS row (id, aggregate, body)");
    prepare(database, "delete", "DELETE FROM outbox WHERE id = ANY($1::uuid[])");
    if (!PQenterPipelineMode(database)) die("pipeline");

    static message batch[BATCH];
    static unsigned char confirmed[BATCH][16];
    int confirmed_count = 0;
    array ids = {malloc(1 << 20), 0}, subjects = {malloc(1 << 20), 0}, bodies = {malloc(1 << 20), 0},
          gone = {malloc(1 << 20), 0};
    uint64_t sequence = 0;
    double start = now(), used = processor();
    amqp_basic_consume(in, 1, amqp_cstring_bytes(argv[5]), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    int done = 0;
    while (done < total) {
        int count = receive(in, batch, BATCH);
        begin(&ids, 2950, count);
        begin(&subjects, 2950, count);
        for (int i = 0; i < count; i++) {
            put(&ids, batch[i].id, 16);
            put(&subjects, batch[i].subject, 16);
        }
        // The claim must be answered before the effects: only what is new may take effect.
        send_statement(database, "begin", 0, NULL);
        send_statement(database, "inbox", 1, &ids);
        finish(database);
        send_statement(database, "effects", 1, &subjects);
        begin(&gone, 2950, confirmed_count);
        for (int i = 0; i < confirmed_count; i++) put(&gone, confirmed[i], 16);
        send_statement(database, "delete", 1, &gone);
        begin(&bodies, 17, count);
        begin(&ids, 2950, count);
        for (int i = 0; i < count; i++) {
            batch[i].id[15] ^= 0xFF;
            batch[i].id[9] ^= 0xFF;
            put(&ids, batch[i].id, 16);
            put(&bodies, batch[i].body, batch[i].length);
        }
        array rows[3] = {ids, subjects, bodies};
        send_statement(database, "outbox", 3, rows);
        send_statement(database, "commit", 0, NULL);
        finish(database);
        for (int i = 0; i < count; i++) {
            char id[37], subject[37];
            format_uuid(batch[i].id, id);
            format_uuid(batch[i].subject, subject);
            amqp_table_entry_t headers[7];
            const char *names[7] = {"cloudEvents_specversion", "cloudEvents_id", "cloudEvents_type", "cloudEvents_source",
                "cloudEvents_time", "cloudEvents_subject", "cloudEvents_causationid"};
            const char *texts[7] = {"1.0", id, "toy.ponged", "/ebinda/toy", "2026-01-01T00:00:00.000000Z", subject, id};
            for (int h = 0; h < 7; h++) {
                headers[h].key = amqp_cstring_bytes(names[h]);
                headers[h].value.kind = AMQP_FIELD_KIND_UTF8;
                headers[h].value.value.bytes = amqp_cstring_bytes(texts[h]);
            }
            amqp_basic_properties_t properties = {0};
            properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_HEADERS_FLAG
                | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_USER_ID_FLAG;
            properties.delivery_mode = 2;
            properties.message_id = amqp_cstring_bytes(id);
            properties.type = amqp_cstring_bytes("toy.ponged");
            properties.content_type = amqp_cstring_bytes("application/json");
            properties.user_id = amqp_cstring_bytes(argv[3]);
            properties.headers.num_entries = 7;
            properties.headers.entries = headers;
            amqp_bytes_t body = {(size_t)batch[i].length, batch[i].body};
            if (amqp_basic_publish(out, 1, amqp_cstring_bytes(argv[6]), amqp_cstring_bytes(argv[7]), 0, 0, &properties, body)
                != AMQP_STATUS_OK) die("publish");
            memcpy(confirmed[i], batch[i].id, 16);
        }
        sequence += (uint64_t)count;
        for (uint64_t settled = 0; settled < sequence;) {
            amqp_frame_t frame;
            amqp_maybe_release_buffers(out);
            if (amqp_simple_wait_frame(out, &frame) != AMQP_STATUS_OK) die("confirm");
            if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) continue;
            static uint64_t acknowledged = 0;
            static unsigned char singles[1 << 24];
            amqp_basic_ack_t *ack = frame.payload.method.decoded;
            if (ack->multiple) acknowledged = ack->delivery_tag; else singles[ack->delivery_tag & 0xFFFFFF] = 1;
            while (singles[(acknowledged + 1) & 0xFFFFFF]) singles[++acknowledged & 0xFFFFFF] = 0;
            settled = acknowledged;
        }
        confirmed_count = count;
        amqp_basic_ack(in, 1, batch[count - 1].tag, 1);
        done += count;
    }
    double seconds = now() - start;
    printf("{\"name\":\"bare\",\"count\":%d,\"rate\":%d,\"cpu_per_1000\":%.5f}\n", done, (int)(done / seconds),
        (processor() - used) / done * 1000);
    return 0;
}
