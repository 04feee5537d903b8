# nginx from Debian's packages, without root.
ARG RUNTIME_BASE=debian:bookworm-slim
FROM ${RUNTIME_BASE}
ENV LANG=C.UTF-8
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends nginx-light libnginx-mod-stream \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
USER 101:101
EXPOSE 8080 5672
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
