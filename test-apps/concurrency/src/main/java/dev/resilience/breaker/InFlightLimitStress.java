package dev.resilience.breaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** {@code max_concurrent}. */
public final class InFlightLimitStress {

    private InFlightLimitStress() {}

    /** One knocks while another leaves and comes back. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "took the place")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "found it taken, or taken again")
    @State
    public static class AFreePlaceIsGivenToSomebody {

        private final InFlightLimit limit = new InFlightLimit(1);

        public AFreePlaceIsGivenToSomebody() {
            limit.enter();
        }

        @Actor
        public void knock(ZZ_Result result) {
            result.r1 = limit.enter();
        }

        @Actor
        public void leaveAndComeBack(ZZ_Result result) {
            limit.leave();
            result.r2 = limit.enter();
        }
    }
}
