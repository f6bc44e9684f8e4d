package dev.resilience.instrument.vertx;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.ReplacingGateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * The ways to begin a request with Vert.x's {@code HttpClient}. {@code WebClient} stands on them and follows redirects by
 * itself: its context says which requests belong to one call.
 */
public final class VertxHttp {

    private static final String CLIENT = "io/vertx/core/http/impl/HttpClientImpl";
    static final String CONTEXT = "io/vertx/ext/web/client/impl/HttpContext";
    private static final String FUTURE = ")Lio/vertx/core/Future;";
    private static final String HANDLER = "Lio/vertx/core/Handler;)V";
    private static final String OPTIONS = "(Lio/vertx/core/http/RequestOptions;";
    private static final String PARTS = "(Lio/vertx/core/http/HttpMethod;ILjava/lang/String;Ljava/lang/String;";

    private VertxHttp() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(point(CLIENT, "request", OPTIONS + FUTURE));
        points.add(point(CLIENT, "request", OPTIONS + HANDLER));
        points.add(point(CLIENT, "request", PARTS + FUTURE));
        points.add(point(CLIENT, "request", PARTS + HANDLER));
        points.add(point(CONTEXT, "handleSendRequest", "()V"));
        points.add(point(CONTEXT, "handleCreateRequest", "()V"));
    }

    private static WeavePoint point(String type, String method, String descriptor) {
        return new WeavePoint(
                new WeavePoint.Library(Set.of(type)),
                method,
                descriptor,
                descriptor.startsWith(PARTS) ? ReplacingGateAdvice.class : GateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.vertx.VertxLibrary");
    }
}
