package dev.resilience.telemetry;

import dev.resilience.net.OwnHttp;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.function.Consumer;

/**
 * Sends what OpenTelemetry exports over the JDK's client, on the thread that asks and on one that is named as ours. Found by
 * OpenTelemetry as a service; its own sender for the same client names its threads otherwise.
 */
public final class CollectorSenders implements HttpSenderProvider {

    @Override
    public HttpSender createSender(HttpSenderConfig config) {
        return new Sender(config);
    }

    private static final class Sender implements HttpSender {

        private final HttpSenderConfig config;
        private final HttpClient client;

        Sender(HttpSenderConfig config) {
            this.config = config;
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .executor(config.getExecutorService() == null ? Runnable::run : config.getExecutorService())
                    .connectTimeout(config.getConnectTimeout());
            if (config.getSslContext() != null) {
                builder.sslContext(config.getSslContext());
            }
            String path = config.getEndpoint().getPath();
            this.client = OwnHttp.client(builder, "http-" + path.substring(path.lastIndexOf('/') + 1));
        }

        @Override
        public void send(MessageWriter message, Consumer<HttpResponse> answered, Consumer<Throwable> failed) {
            HttpResponse response;
            try {
                response = exchange(message);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                failed.accept(interrupted);
                return;
            } catch (IOException | RuntimeException failure) {
                failed.accept(failure);
                return;
            }
            answered.accept(response);
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }

        private HttpResponse exchange(MessageWriter message) throws IOException, InterruptedException {
            HttpRequest.Builder request = HttpRequest.newBuilder(config.getEndpoint())
                    .timeout(config.getTimeout())
                    .header("Content-Type", config.getContentType());
            config.getHeadersSupplier()
                    .get()
                    .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
            Compressor compressor = config.getCompressor();
            if (compressor != null) {
                request.header("Content-Encoding", compressor.getEncoding());
            }
            java.net.http.HttpResponse<byte[]> response = client.send(
                    request.POST(BodyPublishers.ofByteArray(body(message, compressor)))
                            .build(),
                    BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response.body());
        }

        private static byte[] body(MessageWriter message, Compressor compressor) throws IOException {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            try (OutputStream out = compressor == null ? body : compressor.compress(body)) {
                message.writeMessage(out);
            }
            return body.toByteArray();
        }
    }

    private record Answer(int status, byte[] body) implements HttpResponse {

        @Override
        public int getStatusCode() {
            return status;
        }

        @Override
        public String getStatusMessage() {
            return "HTTP status " + status;
        }

        @Override
        public byte[] getResponseBody() {
            return body;
        }
    }
}
