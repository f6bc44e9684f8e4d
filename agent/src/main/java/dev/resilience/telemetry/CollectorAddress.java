package dev.resilience.telemetry;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where a collector is and which of OTLP's two protocols it is spoken to by.
 *
 * @param url the whole address for HTTP; scheme, host and port for gRPC
 */
record CollectorAddress(String url, boolean grpc) {

    private static final int GRPC_PORT = 4317;

    /**
     * @param base address of the collector
     * @param path where spans go over HTTP, below the base
     * @param protocol {@code grpc} or {@code http/protobuf}; null: by the port, 4317 is gRPC's
     */
    static CollectorAddress of(String base, String path, @Nullable String protocol) {
        URI uri = URI.create(base);
        if (protocol == null ? uri.getPort() == GRPC_PORT : protocol.equals("grpc")) {
            return new CollectorAddress(uri.getScheme() + "://" + uri.getRawAuthority(), true);
        }
        String trimmed = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        return new CollectorAddress(trimmed.endsWith(path) ? trimmed : trimmed + path, false);
    }
}
