package dev.resilience.instrument.jetty12;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/** Jetty's client: the one method that all ways to send a request lead to, in either generation's package. */
public final class Jetty {

    private static final String REQUEST9 = "org/eclipse/jetty/client/HttpRequest";
    private static final String CLIENT9 = "dev.resilience.instrument.jetty9.JettyLibrary";

    private Jetty() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(sending(
                "org/eclipse/jetty/client/transport/HttpRequest",
                "(Lorg/eclipse/jetty/client/Response$CompleteListener;)V",
                "dev.resilience.instrument.jetty12.JettyLibrary"));
        points.add(sending(REQUEST9, "(Lorg/eclipse/jetty/client/api/Response$CompleteListener;)V", CLIENT9));
        // Where blocking calls of early versions of 9.4 join the others.
        points.add(sending(
                REQUEST9,
                "(Lorg/eclipse/jetty/client/HttpRequest;Lorg/eclipse/jetty/client/api/Response$CompleteListener;)V",
                CLIENT9));
    }

    private static WeavePoint sending(String type, String descriptor, String client) {
        return new WeavePoint(
                new WeavePoint.Library(Set.of(type)), "send", descriptor, GateAdvice.class, RuleKind.HTTP, client);
    }
}
