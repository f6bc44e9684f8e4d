package dev.resilience.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gRPC through TLS, to a server that speaks HTTP/2 only when it is asked for by name. */
class OtlpGrpcTlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final AtomicInteger arrived = new AtomicInteger();
    private KeyStore store;
    private Server server;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws Exception {
        Path file = folder.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "collector",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).isZero();
        store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        server = Grpc.newServerBuilderForPort(
                        0,
                        TlsServerCredentials.newBuilder()
                                .keyManager(keys.getKeyManagers())
                                .build())
                .addService(new TraceServiceGrpc.TraceServiceImplBase() {
                    @Override
                    public void export(
                            ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
                        arrived.incrementAndGet();
                        answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
                        answer.onCompleted();
                    }
                })
                .build()
                .start();
    }

    @AfterEach
    void stop() {
        server.shutdownNow();
    }

    @Test
    void a_collector_whose_certificate_is_trusted_is_spoken_to() throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        SpanExporter exporter = exporter("localhost")
                .setSslContext(context, (X509TrustManager) trust.getTrustManagers()[0])
                .build();

        assertThat(export(exporter).isSuccess()).isTrue();
        assertThat(export(exporter).isSuccess()).isTrue();
        assertThat(arrived).hasValue(2);

        SpanExporter byAnotherName = exporter("127.0.0.1")
                .setSslContext(context, (X509TrustManager) trust.getTrustManagers()[0])
                .build();
        assertThat(export(byAnotherName).isSuccess()).isFalse();
        assertThat(arrived).hasValue(2);
        exporter.shutdown();
        byAnotherName.shutdown();
    }

    @Test
    void a_certificate_that_nobody_vouches_for_gets_nothing() {
        SpanExporter exporter = exporter("localhost").build();

        assertThat(export(exporter).isSuccess()).isFalse();
        assertThat(arrived).hasValue(0);
        exporter.shutdown();
    }

    private OtlpGrpcSpanExporterBuilder exporter(String host) {
        return OtlpGrpcSpanExporter.builder()
                .setEndpoint("https://" + host + ":" + server.getPort())
                .setRetryPolicy(null)
                .setTimeout(Duration.ofSeconds(30))
                .setServiceClassLoader(GrpcSenders.class.getClassLoader());
    }

    private static CompletableResultCode export(SpanExporter exporter) {
        return exporter.export(List.of()).join(60, TimeUnit.SECONDS);
    }
}
