# SPDX-License-Identifier: Apache-2.0
# docker build -t sfdet . (Docker 23 or newer; Debian 12's with DOCKER_BUILDKIT=1) && docker run --rm -v "$PWD:/data" sfdet sfdetect /data/clip.mp4
FROM debian:12 AS build
COPY . /src
ENV SOURCE_DATE_EPOCH=0
RUN cd /src && apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates && \
    ./demo.sh && tools/make_packages.sh /packages

FROM debian:12-slim
RUN --mount=from=build,source=/packages,target=/packages \
    apt-get update -qq && apt-get install -y -qq --no-install-recommends fonts-dejavu-core \
    /packages/libsfdet0*.deb /packages/sfdet_*.deb && rm -rf /var/lib/apt/lists/*
WORKDIR /data
CMD ["sfdetect", "--help"]
