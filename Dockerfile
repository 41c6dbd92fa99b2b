# recession-monitor as an image: one process, one volume, nothing to write to but /data and /tmp.
#
#   docker build -t recession-monitor .
#   docker run --rm --read-only --tmpfs /tmp --cap-drop ALL -v monitor-data:/data recession-monitor
#
# A folder of the host mounted at /data must belong to uid 10001, a Kubernetes volume needs
# fsGroup 10001; a named volume takes its owner from the image.

ARG PYTHON=3.11-slim-bookworm

FROM docker.io/library/python:${PYTHON} AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY monitor monitor
COPY jobs jobs
COPY templates templates
# pip can only go at the end, since sqlite-utils asks for it; nothing is installed here later.
# Bytecode is compiled here since a read-only root cannot keep it; unchecked, because nothing here
# is ever edited, and a builder that rewrites file times would otherwise void all of it.
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile --constraint constraints.txt . \
    && /opt/venv/bin/pip uninstall --yes pip setuptools \
    && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM docker.io/library/python:${PYTHON}
LABEL org.opencontainers.image.title="recession-monitor" \
      org.opencontainers.image.description="A scheduled US recession-risk monitor: official data as it was known, an honest probability, one digest a day" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --gid 10001 monitor \
    && useradd --uid 10001 --gid monitor --no-log-init --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin monitor \
    && install --directory --owner monitor --group monitor --mode 0755 /data
COPY --from=build /opt/venv /opt/venv

# A config.toml in /data is read as well, since the command starts there; these two go before it.
ENV PATH="/opt/venv/bin:${PATH}" \
    RECESSION_MONITOR_STORE__PATH=/data/monitor.db \
    RECESSION_MONITOR_SITE__PATH=/data/site
# By number: Kubernetes (runAsNonRoot) cannot tell from a name that it is not root.
USER 10001:10001
WORKDIR /data
# Below this line the builder would drop what it writes to /data.
VOLUME /data

# A process that is PID 1 ignores SIGTERM unless it handles it. SIGINT is handled: the run is noted
# as ended, and the process is gone within a moment instead of being killed after ten seconds.
STOPSIGNAL SIGINT

# Healthy means that the last digest is at most 100 hours old: that of Friday evening counts until
# late on Tuesday, so a weekend with a holiday behind it is no alarm. Asked every half hour, since
# the answer changes over days; it takes well under a second, and may take 10 on a busy host.
# Before the first run there is no store and status answers 4; a first run has five minutes, as a
# pull gives up after three. Docker defines 0 and 1 only, hence the translation by a shell.
HEALTHCHECK --interval=30m --timeout=10s --start-period=5m --retries=3 \
    CMD ["sh", "-c", "recession-monitor status --max-age 100h || exit 1"]

ENTRYPOINT ["recession-monitor"]
CMD ["run"]
