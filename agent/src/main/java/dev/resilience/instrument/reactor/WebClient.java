package dev.resilience.instrument.reactor;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * Spring's {@code WebClient}, whatever it stands on: the one function behind all of the application's filters, which sees the
 * request with all its headers. What it stands on is not guarded a second time.
 */
public final class WebClient {

    private WebClient() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Library(Set.of(
                        "org/springframework/web/reactive/function/client/ExchangeFunctions$DefaultExchangeFunction")),
                "exchange",
                "(Lorg/springframework/web/reactive/function/client/ClientRequest;)Lreactor/core/publisher/Mono;",
                GateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.reactor.WebClientLibrary"));
    }
}
