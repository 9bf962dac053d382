# syntax=docker/dockerfile:1
# reenact in a container: the wheel and its exact dependencies, nothing to build them with.
#
#   docker build -t reenact .                                # runs on the processor
#   docker build -t reenact:cuda --build-arg VARIANT=cuda .  # and on NVIDIA cards
#   docker build -t reenact:tensorrt --build-arg VARIANT=tensorrt .
#
# The CUDA libraries come as Python packages of onnxruntime-gpu, so one small base serves all three;
# the host needs NVIDIA's driver and container toolkit for the last two.
ARG BASE=python:3.11-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84

FROM ${BASE} AS build
ARG VARIANT=cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY tools/install_variant.sh tools/
COPY engines engines
COPY export export
COPY reenact reenact
COPY server server
RUN python -m venv /opt/reenact && sh tools/install_variant.sh /opt/reenact/bin/python "${VARIANT}"

FROM ${BASE} AS run
LABEL org.opencontainers.image.title="reenact" \
    org.opencontainers.image.licenses="Apache-2.0"
# What OpenCV loads from the system.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 reenact \
    && install -d -o reenact -g reenact /data /data/packs /data/cache /work
COPY --from=build /opt/reenact /opt/reenact
# Packs, identities and built engines live in volumes; all else may be mounted read-only.
ENV PATH=/opt/reenact/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_DATA_HOME=/data/packs \
    XDG_CACHE_HOME=/data/cache \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility,video
VOLUME ["/data/packs", "/data/cache"]
WORKDIR /work
USER reenact
# The page is up when it answers; other commands than serve end before the first look.
HEALTHCHECK --interval=15s --timeout=5s --start-period=2m --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8470/healthz', timeout=4)"]
ENTRYPOINT ["reenact"]
CMD ["serve", "--no-browser"]
