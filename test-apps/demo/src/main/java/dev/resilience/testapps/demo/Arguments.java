package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.CalComStandIn.Health;
import java.util.Locale;

/**
 * How the demo was asked to run.
 *
 * @param keep leave the protected fleet running until Ctrl-C
 * @param outage what cal.com does while it is down
 */
record Arguments(boolean keep, Health outage) {

    static final String USAGE = """
            usage: demo [--keep] [--outage=failing|errors|hanging]
              --keep     leave the protected fleet running afterwards, and print what to try
              --outage   what cal.com does while it is down:
                         failing  every other call is answered 503, every other one never (default)
                         errors   every call is answered 503 at once
                         hanging  no call is ever answered: the worst there is. Callers find out only when their
                                  own time-outs end, so the first five seconds are lost with any circuit breaker""";

    static Arguments parse(String[] arguments) {
        boolean keep = false;
        Health outage = Health.FAILING;
        for (String argument : arguments) {
            if (argument.equals("--keep")) {
                keep = true;
            } else if (argument.startsWith("--outage=")) {
                outage = outage(argument.substring("--outage=".length()));
            } else if (!argument.isEmpty()) {
                throw new IllegalArgumentException("unknown argument " + argument);
            }
        }
        return new Arguments(keep, outage);
    }

    private static Health outage(String name) {
        Health health = Health.valueOf(name.toUpperCase(Locale.ROOT));
        if (health == Health.WELL) {
            throw new IllegalArgumentException("that would be no outage");
        }
        return health;
    }
}
