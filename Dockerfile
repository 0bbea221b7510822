# hma-exporter in central mode: watches the logs of many servers, mounted read-only at /farm. How to run it: docs/container.md.
# Other bases (a mirror of your own, say): --build-arg BUILD_IMAGE=… --build-arg RUNTIME_IMAGE=…
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY .ci .ci
COPY src src
# The commit that --version tells: --build-arg COMMIT=$(git rev-parse HEAD)
ARG COMMIT=unknown
RUN HMA_EXPORTER_COMMIT=${COMMIT} npm run build \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && mkdir -p /image/app /image/usr/local/bin /image/var/lib/hma-exporter /image/farm \
 && cp -r package.json node_modules dist /image/app/ \
 && cp "$(node -p process.execPath)" /image/usr/local/bin/node

# No shell, no package manager: the C++ library that Node.js needs, certificates, and user 65532.
FROM ${RUNTIME_IMAGE}
COPY --from=build /image/usr /usr
COPY --from=build /image/app /app
COPY --from=build /image/farm /farm
COPY --from=build --chown=65532:65532 /image/var/lib/hma-exporter /var/lib/hma-exporter
# Where the health check asks; another address or TLS needs another one.
ENV NODE_ENV=production HMA_HEALTH_URL=http://127.0.0.1:10401/-/healthy
USER 65532:65532
WORKDIR /var/lib/hma-exporter
# Offsets, counters and open incidents: the one place that is written to.
VOLUME ["/var/lib/hma-exporter"]
EXPOSE 10401
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["/usr/local/bin/node", "-e", "fetch(process.env.HMA_HEALTH_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]
CMD ["serve", "--farm", "/farm"]
