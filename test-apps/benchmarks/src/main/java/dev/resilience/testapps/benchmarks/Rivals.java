package dev.resilience.testapps.benchmarks;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Circuit breakers of other libraries, as close to the agent's own settings as each of them can be. */
final class Rivals {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final int WINDOW_SECONDS = 60;

    private Rivals() {}

    /** Its default, a window of the last hundred calls. */
    static CircuitBreaker resilience4jByCount() {
        return CircuitBreaker.of(
                "count",
                CircuitBreakerConfig.custom().waitDurationInOpenState(HOUR).build());
    }

    /** A window in time, as the agent's; no number of calls is ever enough for a verdict. */
    static CircuitBreaker resilience4jByTime() {
        return CircuitBreaker.of(
                "time",
                CircuitBreakerConfig.custom()
                        .slidingWindowType(SlidingWindowType.TIME_BASED)
                        .slidingWindowSize(WINDOW_SECONDS)
                        .minimumNumberOfCalls(Integer.MAX_VALUE)
                        .waitDurationInOpenState(HOUR)
                        .build());
    }

    static CircuitBreaker opened(CircuitBreaker breaker) {
        breaker.transitionToOpenState();
        return breaker;
    }

    static dev.failsafe.CircuitBreaker<Object> failsafe() {
        return dev.failsafe.CircuitBreaker.builder()
                .withFailureRateThreshold(100, Integer.MAX_VALUE, Duration.ofSeconds(WINDOW_SECONDS))
                .withDelay(HOUR)
                .build();
    }

    static dev.failsafe.CircuitBreaker<Object> opened(dev.failsafe.CircuitBreaker<Object> breaker) {
        breaker.open();
        return breaker;
    }

    /** @return the name of its resource */
    static String sentinelClosed() {
        DegradeRuleManager.loadRules(List.of(rule("closed", Integer.MAX_VALUE)));
        return "closed";
    }

    /** @return the name of its resource */
    static String sentinelOpen() {
        DegradeRuleManager.loadRules(List.of(rule("open", 1)));
        try {
            for (int i = 0; i < 10; i++) {
                Entry entry = SphU.entry("open");
                Tracer.traceEntry(new IOException(), entry);
                entry.exit();
            }
            throw new IllegalStateException("should be open");
        } catch (BlockException open) {
            return "open";
        }
    }

    private static DegradeRule rule(String resource, int failures) {
        DegradeRule rule = new DegradeRule(resource)
                .setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_COUNT)
                .setCount(failures)
                .setTimeWindow((int) HOUR.toSeconds())
                .setMinRequestAmount(1);
        rule.setStatIntervalMs(WINDOW_SECONDS * 1_000);
        return rule;
    }
}
