# The compiler that came with rust:slim and gcc are all a build needs: no cmake, no clang, no OpenSSL.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY migrations migrations
COPY static static
COPY templates templates
COPY src src
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin keystead \
    && install -D target/release/keystead /out/keystead \
    && mkdir /out/data

# glibc, libgcc and CA certificates; no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/keystead /usr/local/bin/keystead
# A new volume takes its owner from here. A folder of the host must belong to 65532 instead.
COPY --from=build --chown=65532:65532 /out/data /data
WORKDIR /data
USER 65532:65532
ENV KEYSTEAD_LISTEN=0.0.0.0:8080 \
    KEYSTEAD_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["/usr/local/bin/keystead", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/keystead"]
CMD ["serve"]
