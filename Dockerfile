# docker build -t curlyd . && docker run -p 8000:8000 curlyd
FROM python:3.13-slim AS build
COPY requirements.lock /tmp/
# Without pip, and without the libraries' own tests: nothing is installed later. What is compiled holds whatever the time of a file is.
RUN python -m venv --without-pip /opt/curlyd \
    && python -m pip --python /opt/curlyd/bin/python install --no-cache-dir --no-compile --disable-pip-version-check --require-hashes \
        --requirement /tmp/requirements.lock \
    && find /opt/curlyd -type d -name tests -prune -exec rm -rf {} + \
    && /opt/curlyd/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/curlyd/lib

FROM python:3.13-slim
# What the Graphviz inside pygraphviz's wheel takes from the system.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libglib2.0-0 libx11-6 libxext6 libxrender1 >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
LABEL org.opencontainers.image.title="Curly d" \
      org.opencontainers.image.description="Backpropagation as it happens" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/curlyd /opt/curlyd
COPY LICENSE /srv/curlyd/
COPY app /srv/curlyd/app
COPY static /srv/curlyd/static
COPY templates /srv/curlyd/templates
RUN /opt/curlyd/bin/python -m compileall -q --invalidation-mode unchecked-hash /srv/curlyd/app
WORKDIR /srv/curlyd
ENV PATH=/opt/curlyd/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
CMD ["python", "-m", "app.cli", "serve"]
