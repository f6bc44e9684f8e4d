package dev.resilience.instrument.javahttp;

import dev.resilience.instrument.ReplacingGateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * The JDK's HTTP client. Both public ways in are woven; {@code sendAsync} with two arguments leads to the one with three, and
 * {@code send} to a private one that is left alone, so a call is met once. What applications hold is a facade before this
 * class.
 */
public final class JavaHttp {

    private static final WeavePoint.Target IMPLEMENTATION =
            new WeavePoint.Named(Set.of("jdk/internal/net/http/HttpClientImpl"));

    private JavaHttp() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(point(
                "send",
                "(Ljava/net/http/HttpRequest;Ljava/net/http/HttpResponse$BodyHandler;)Ljava/net/http/HttpResponse;"));
        points.add(point(
                "sendAsync",
                "(Ljava/net/http/HttpRequest;Ljava/net/http/HttpResponse$BodyHandler;"
                        + "Ljava/net/http/HttpResponse$PushPromiseHandler;)Ljava/util/concurrent/CompletableFuture;"));
    }

    private static WeavePoint point(String method, String descriptor) {
        return new WeavePoint(
                IMPLEMENTATION,
                method,
                descriptor,
                ReplacingGateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.javahttp.JavaHttpClient");
    }
}
