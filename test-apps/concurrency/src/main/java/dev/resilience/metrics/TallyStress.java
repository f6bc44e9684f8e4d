package dev.resilience.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;

/** An endpoint's striped figures, here two stripes. Results read {@code successes, failures, what was seen in between}. */
public final class TallyStress {

    private TallyStress() {}

    @JCStressTest
    @Outcome(id = "2, 1, sound", expect = ACCEPTABLE, desc = "nothing lost, nothing torn")
    @State
    public static class NoCallIsLostWhileFiguresAreRead {

        private final Tally tally = new Tally("calcom", "fetch", 2);

        @Actor
        public void count() {
            tally.record(CallOutcome.SUCCESS, 10);
            tally.record(CallOutcome.FAILURE, 10);
        }

        @Actor
        public void countAndRead(IIL_Result result) {
            tally.record(CallOutcome.SUCCESS, 10);
            EndpointFigures figures = tally.figures();
            // A failure that is half recorded counts as a success for a moment.
            boolean sound = figures.requests() >= 1 && figures.requests() <= 3 && figures.failures() <= 1;
            result.r3 = sound ? "sound" : figures.toString();
        }

        @Arbiter
        public void readAll(IIL_Result result) {
            EndpointFigures figures = tally.figures();
            result.r1 = (int) figures.successes();
            result.r2 = (int) figures.failures();
        }
    }
}
