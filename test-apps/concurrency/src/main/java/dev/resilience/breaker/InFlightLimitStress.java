package dev.resilience.breaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** {@code max_concurrent}. */
public final class InFlightLimitStress {

    private InFlightLimitStress() {}

    /** One gives a place back twice, as head and end of a call do, while another knocks. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "took the only place")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "came too early, and left it to the last")
    @State
    public static class APlaceComesBackOnce {

        private final InFlightLimit limit = new InFlightLimit(1);
        private final InFlightLimit.Place taken = Objects.requireNonNull(limit.enter(this));

        @Actor
        public void head() {
            limit.leave(taken);
        }

        @Actor
        public void end() {
            limit.leave(taken);
        }

        @Actor
        public void knock(ZZ_Result result) {
            result.r1 = limit.enter(this) != null;
        }

        @Arbiter
        public void ask(ZZ_Result result) {
            result.r2 = limit.enter(this) != null;
        }
    }

    /** One knocks while another leaves and comes back. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "took the place")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "found it taken, or taken again")
    @State
    public static class AFreePlaceIsGivenToSomebody {

        private final InFlightLimit limit = new InFlightLimit(1);
        private final InFlightLimit.Place taken = Objects.requireNonNull(limit.enter(this));

        @Actor
        public void knock(ZZ_Result result) {
            result.r1 = limit.enter(this) != null;
        }

        @Actor
        public void leaveAndComeBack(ZZ_Result result) {
            limit.leave(taken);
            result.r2 = limit.enter(this) != null;
        }
    }
}
