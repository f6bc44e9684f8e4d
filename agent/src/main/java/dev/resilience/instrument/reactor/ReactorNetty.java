package dev.resilience.instrument.reactor;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * Reactor Netty's {@code HttpClient}: the five ways to take a response. What stands on it and is guarded itself ({@link
 * WebClient}) passes here.
 */
public final class ReactorNetty {

    static final String RECEIVER = "(Ljava/util/function/BiFunction;)";
    private static final String MONO = "Lreactor/core/publisher/Mono;";
    private static final String FLUX = "Lreactor/core/publisher/Flux;";

    private ReactorNetty() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(taking("response", "()" + MONO));
        points.add(taking("response", RECEIVER + FLUX));
        points.add(taking("responseConnection", RECEIVER + FLUX));
        points.add(taking("responseContent", "()Lreactor/netty/ByteBufFlux;"));
        points.add(taking("responseSingle", RECEIVER + MONO));
    }

    private static WeavePoint taking(String method, String descriptor) {
        return new WeavePoint(
                new WeavePoint.Library(Set.of("reactor/netty/http/client/HttpClientFinalizer")),
                method,
                descriptor,
                GateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.reactor.ReactorNettyLibrary");
    }
}
