package dev.resilience.instrument.opentelemetry;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * Where the tracers of OpenTelemetry's SDK come into being. Whoever builds one, an application by hand, Spring Boot, or
 * OpenTelemetry's own set-up from the environment, passes here; many never make theirs the JVM's global one.
 */
public final class OpenTelemetry {

    private OpenTelemetry() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Named(Set.of("io/opentelemetry/sdk/trace/SdkTracerProviderBuilder")),
                "build",
                "()Lio/opentelemetry/sdk/trace/SdkTracerProvider;",
                GateAdvice.class,
                RuleKind.ANY,
                "dev.resilience.instrument.opentelemetry.SdkBuilds"));
    }
}
