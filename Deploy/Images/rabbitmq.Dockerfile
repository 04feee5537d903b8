# RabbitMQ from Debian's packages; takes the same folders and user as the official image.
ARG RUNTIME_BASE=debian:bookworm-slim
FROM ${RUNTIME_BASE}
ENV LANG=C.UTF-8
RUN groupadd -r -g 999 rabbitmq && useradd -r -u 999 -g rabbitmq -d /var/lib/rabbitmq -s /bin/bash rabbitmq \
    && printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
    && apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends rabbitmq-server \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /var/lib/rabbitmq /etc/rabbitmq /usr/sbin/policy-rc.d \
    && install -d -m 700 -o rabbitmq -g rabbitmq /var/lib/rabbitmq \
    && install -d -o rabbitmq -g rabbitmq /etc/rabbitmq
ENV PATH=/usr/lib/rabbitmq/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/var/lib/rabbitmq RABBITMQ_LOGS=- RABBITMQ_CONF_ENV_FILE=/dev/null
USER 999:999
EXPOSE 5672
CMD ["rabbitmq-server"]
