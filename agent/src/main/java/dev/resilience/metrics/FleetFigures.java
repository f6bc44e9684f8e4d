package dev.resilience.metrics;

import dev.resilience.breaker.StoreAway;
import dev.resilience.config.AgentConfig.Slo;
import dev.resilience.log.AgentLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Answers for the whole fleet: what this instance measured is in it to the last call, what others did, up to their last
 * batch some seconds ago. While the fleet's store does not answer, and where there is none, the answer is this instance's.
 * Thread-safe; nothing here waits.
 */
public final class FleetFigures {

    /** Up to this window figures are cut by the minute, beyond by ten. */
    private static final Duration FINE = Duration.ofMinutes(120);

    private final Scribe scribe;
    private final MinuteLog ownFigures;
    private final Chronicle ownTransitions;
    private final @Nullable FigureStore figures;
    private final @Nullable TransitionJournal transitions;

    /**
     * @param figures the fleet's; null without one
     * @param transitions the fleet's; null without one
     */
    public FleetFigures(
            Scribe scribe,
            MinuteLog ownFigures,
            Chronicle ownTransitions,
            @Nullable FigureStore figures,
            @Nullable TransitionJournal transitions) {
        this.scribe = scribe;
        this.ownFigures = ownFigures;
        this.ownTransitions = ownTransitions;
        this.figures = figures;
        this.transitions = transitions;
    }

    /**
     * Figures of a while.
     *
     * @param fleet whether they are the whole fleet's, or this instance's alone
     * @param services by name, in the order asked for
     */
    public record Answer(boolean fleet, Map<String, ServiceFigures> services) {}

    /**
     * One service's course of a while.
     *
     * @param fleet whether it is the whole fleet's, or this instance's alone
     * @param spans oldest first; only those in which there was a call
     */
    public record Course(boolean fleet, List<Span> spans) {}

    /** Sums from {@code window} ago, to the minute or to ten minutes, until now. Completes normally always. */
    public CompletionStage<Answer> over(Collection<String> services, Duration window) {
        if (figures == null || transitions == null) {
            scribe.flush();
            return gathered(false, ownFigures, ownTransitions, services, window);
        }
        return scribe.flush()
                .thenCompose(flushed -> gathered(true, figures, transitions, services, window))
                .handle((answer, failure) -> answer != null
                        ? CompletableFuture.completedFuture(answer)
                        : alone(failure, () -> gathered(false, ownFigures, ownTransitions, services, window)))
                .thenCompose(answer -> answer);
    }

    /**
     * Services against their goals.
     *
     * @param fleet whether the whole fleet's calls are judged, or this instance's alone
     * @param services by name, in the order asked for
     */
    public record Judgement(boolean fleet, Map<String, SloReport> services) {}

    /** Judges services by this instance's calls alone, without asking anybody. @param goals by service */
    public Map<String, SloReport> judgeOwn(Map<String, Slo> goals) {
        scribe.gatherOwn();
        Map<String, SloReport> reports = new LinkedHashMap<>();
        goals.forEach((service, goal) -> {
            List<Span> coarse = ownFigures.spans(service, SloReport.WINDOW, step(SloReport.WINDOW));
            ServiceFigures sums = summed(
                    service,
                    coarse,
                    ownTransitions.entries(service, TransitionJournal.KEPT.toMillis()),
                    SloReport.WINDOW);
            List<Span> fine = ownFigures.spans(service, FINE, step(FINE));
            reports.put(service, SloReport.of(sums, goal, ErrorBudget.of(goal.availability(), fine, coarse)));
        });
        return reports;
    }

    /** Judges services over {@link SloReport#WINDOW}. Completes normally always. @param goals by service */
    public CompletionStage<Judgement> judge(Map<String, Slo> goals) {
        return over(goals.keySet(), SloReport.WINDOW).thenCompose(answer -> {
            Map<String, CompletableFuture<SloReport>> pending = new LinkedHashMap<>();
            goals.forEach((service, goal) -> {
                ServiceFigures sums = answer.services().get(service);
                if (sums != null) {
                    pending.put(service, judged(sums, goal).toCompletableFuture());
                }
            });
            return all(pending).thenApply(services -> new Judgement(answer.fleet(), services));
        });
    }

    private CompletionStage<SloReport> judged(ServiceFigures sums, Slo goal) {
        return course(sums.service(), FINE)
                .thenCombine(
                        course(sums.service(), SloReport.WINDOW),
                        (fine, coarse) -> SloReport.of(
                                sums, goal, ErrorBudget.of(goal.availability(), fine.spans(), coarse.spans())));
    }

    /** The course from {@code window} ago until now. Completes normally always. */
    public CompletionStage<Course> course(String service, Duration window) {
        FigureStore.Step step = step(window);
        if (figures == null) {
            scribe.flush();
            return ownFigures.read(service, window, step).thenApply(spans -> new Course(false, spans));
        }
        return scribe.flush()
                .thenCompose(flushed -> figures.read(service, window, step))
                .thenApply(spans -> new Course(true, spans))
                .handle((course, failure) -> course != null
                        ? CompletableFuture.completedFuture(course)
                        : alone(
                                failure,
                                () -> ownFigures
                                        .read(service, window, step)
                                        .thenApply(spans -> new Course(false, spans))))
                .thenCompose(course -> course);
    }

    private static <T> CompletionStage<T> alone(Throwable failure, Source<T> own) {
        if (!StoreAway.isRootOf(failure)) {
            AgentLog.warn("fleet-figures", "the fleet's figures cannot be read, this instance's are shown", failure);
        }
        return own.read();
    }

    private CompletionStage<Answer> gathered(
            boolean fleet,
            FigureStore figures,
            TransitionJournal transitions,
            Collection<String> services,
            Duration window) {
        Map<String, CompletableFuture<ServiceFigures>> pending = new LinkedHashMap<>();
        for (String service : services) {
            pending.put(
                    service,
                    figures.read(service, window, step(window))
                            .thenCombine(
                                    transitions.read(service),
                                    (spans, journal) -> summed(service, spans, journal, window))
                            .toCompletableFuture());
        }
        return all(pending).thenApply(answer -> new Answer(fleet, answer));
    }

    private static <T> CompletionStage<Map<String, T>> all(Map<String, CompletableFuture<T>> pending) {
        return CompletableFuture.allOf(pending.values().toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> {
                    Map<String, T> done = new LinkedHashMap<>();
                    pending.forEach((name, each) -> done.put(name, each.join()));
                    return done;
                });
    }

    private ServiceFigures summed(
            String service, List<Span> spans, List<TransitionJournal.Entry> journal, Duration window) {
        Map<String, EndpointFigures> endpoints = new LinkedHashMap<>();
        for (Span span : spans) {
            span.endpoints().forEach((name, figures) -> endpoints.merge(name, figures, EndpointFigures::plus));
        }
        // Nobody was there to see where the circuit stood before the oldest witness.
        long witnessed = Math.max(
                ownTransitions.listeningMillis(),
                journal.isEmpty() ? 0 : journal.get(0).ageMillis());
        return ServiceFigures.of(
                service,
                new ArrayList<>(endpoints.values()),
                TransitionTally.over(journal, Math.min(window.toMillis(), witnessed)));
    }

    private static FigureStore.Step step(Duration window) {
        return window.compareTo(FINE) > 0 ? FigureStore.Step.TEN_MINUTES : FigureStore.Step.MINUTE;
    }

    private interface Source<T> {
        CompletionStage<T> read();
    }
}
