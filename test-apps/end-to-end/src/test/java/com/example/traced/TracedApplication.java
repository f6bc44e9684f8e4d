package com.example.traced;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;

/**
 * Traces itself by an SDK that it builds and never makes the JVM's global one. Its HTTP client is traced by nobody, but for one
 * call that it makes a client span for by hand. Arguments: the dependency, the collector.
 */
public final class TracedApplication {

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI dependency;
    private final Tracer tracer;

    private TracedApplication(URI dependency, Tracer tracer) {
        this.dependency = dependency;
        this.tracer = tracer;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(Resource.builder().put("service.name", "traced").build())
                // In batches: the exporter over the JDK's client has five threads and no queue, and loses the sixth
                // span
                // that ends while the first is on its way.
                .addSpanProcessor(BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder()
                                .setEndpoint(arguments[1] + "/v1/traces")
                                .build())
                        .build())
                .build()) {
            TracedApplication application =
                    new TracedApplication(URI.create(arguments[0]), provider.get("com.example.traced"));
            application.inAServerSpan("/v1/availability/untraced");
            application.inAClientSpan("/v1/availability/traced");
            application.unsampled("/v1/availability/unsampled");
            application.get("/v1/availability/alone", null);
            application.inAServerSpan("/v1/availability/503");
            provider.forceFlush().join(10, TimeUnit.SECONDS);
        }
        System.out.println("done");
    }

    private void inAServerSpan(String path) throws IOException, InterruptedException {
        Span span =
                tracer.spanBuilder("serve " + path).setSpanKind(SpanKind.SERVER).startSpan();
        try (Scope ignored = span.makeCurrent()) {
            get(path, null);
        } finally {
            span.end();
        }
    }

    private void inAClientSpan(String path) throws IOException, InterruptedException {
        Span span =
                tracer.spanBuilder("call " + path).setSpanKind(SpanKind.CLIENT).startSpan();
        try (Scope ignored = span.makeCurrent()) {
            get(path, Context.current());
        } finally {
            span.end();
        }
    }

    private void unsampled(String path) throws IOException, InterruptedException {
        Span remote = Span.wrap(SpanContext.createFromRemoteParent(
                "0af7651916cd43dd8448eb211c80319c",
                "b7ad6b7169203331",
                TraceFlags.getDefault(),
                TraceState.getDefault()));
        try (Scope ignored = remote.makeCurrent()) {
            inAServerSpan(path);
        }
    }

    private void get(String path, Context sent) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(dependency.resolve(path));
        if (sent != null) {
            W3CTraceContextPropagator.getInstance().inject(sent, request, HttpRequest.Builder::setHeader);
        }
        System.out.println(client.send(request.build(), BodyHandlers.ofString()).statusCode());
    }
}
