# PostgreSQL from Debian's packages; takes the same variables, user and data folder as the official image.
ARG RUNTIME_BASE=debian:bookworm-slim
FROM ${RUNTIME_BASE}
ENV LANG=C.UTF-8
RUN groupadd -r -g 999 postgres && useradd -r -u 999 -g postgres -d /var/lib/postgresql -s /bin/bash postgres \
    && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
    && apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends postgresql \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
    && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \
    && install -d -m 700 -o postgres -g postgres /var/lib/postgresql/data \
    && install -d -m 3777 -o postgres -g postgres /run/postgresql
COPY postgresql-entry /usr/local/bin/
ENV PGDATA=/var/lib/postgresql/data
USER 999:999
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["postgresql-entry"]
CMD ["postgres"]
