package dev.resilience.health;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import dev.resilience.config.Mode;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** Circuits whose states a test sets, for what only looks at them. */
public final class FakeCircuits implements Circuits {

    public final Map<String, Fake> byName = new LinkedHashMap<>();
    public volatile StoreMode mode = StoreMode.LOCAL;

    /** Orders are under way until it completes. */
    public volatile CompletionStage<?> wire = CompletableFuture.completedFuture(null);

    /** Whether nobody makes a call. */
    public volatile boolean quiet;

    private final List<TransitionListener> listeners = new CopyOnWriteArrayList<>();

    public FakeCircuits(Collection<String> services) {
        services.forEach(this::add);
    }

    public void add(String service) {
        byName.put(service, new Fake(service));
    }

    public void set(String service, State state) {
        Fake fake = byName.get(service);
        State before = fake.state;
        fake.state = state;
        fake.epoch++;
        Transition transition = new Transition(service, before, state, fake.epoch, "test", 1_760_000_000_000L, 1500);
        listeners.forEach(listener -> listener.onTransition(transition));
    }

    @Override
    public Collection<? extends Circuit> all() {
        return byName.values();
    }

    @Override
    public Circuit find(String service) {
        return byName.get(service);
    }

    @Override
    public StoreMode mode() {
        return mode;
    }

    @Override
    public CompletionStage<ModeOrder> mode(String service, Mode wanted, Duration duration, String reason, String who) {
        Fake fake = byName.get(service);
        if (fake == null) {
            return CompletableFuture.failedFuture(new IllegalArgumentException(service));
        }
        long remaining = duration == null ? ModeOrder.ENDLESS : duration.toMillis();
        ModeOrder order = new ModeOrder(wanted, reason, who, 1, wanted == null ? 0 : remaining);
        return wire.thenApply(done -> {
            fake.order = wanted == null ? null : order;
            return order;
        });
    }

    @Override
    public void addListener(TransitionListener listener) {
        listeners.add(listener);
    }

    public final class Fake implements Circuit {

        private final String service;
        public volatile State state = State.CLOSED;
        public volatile long epoch = 1;
        public volatile long failures = 2;
        public volatile ModeOrder order;
        public volatile Mode inFile = Mode.ENFORCE;

        Fake(String service) {
            this.service = service;
        }

        @Override
        public String service() {
            return service;
        }

        @Override
        public State state() {
            return state;
        }

        @Override
        public Mode mode() {
            return order == null ? inFile : order.mode();
        }

        @Override
        public boolean isQuiet() {
            return quiet;
        }

        @Override
        public ModeOrder order() {
            return order;
        }

        @Override
        public long retryAfterMillis() {
            return view().retryAfterMillis();
        }

        @Override
        public Permit tryAcquire() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Permit> tryAcquireAsync() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void settle(Permit permit, Outcome outcome, long durationNanos, long retryAfterMillis) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CircuitView view() {
            return new CircuitView(
                    service,
                    state,
                    failures,
                    6,
                    0.25,
                    3,
                    1_760_000_000L,
                    state == State.OPEN ? 12_345 : 0,
                    epoch,
                    4_000);
        }

        @Override
        public CompletionStage<CircuitView> reset(String who) {
            failures = 0;
            set(service, mode() == Mode.FORCED_OPEN ? State.OPEN : State.CLOSED);
            return CompletableFuture.completedFuture(view());
        }
    }
}
