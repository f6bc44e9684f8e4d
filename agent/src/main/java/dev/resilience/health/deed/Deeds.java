package dev.resilience.health.deed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.StoreAway;
import dev.resilience.health.deed.DeedStore.Entry;
import dev.resilience.json.JsonTrees;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notes what people do here in this instance's log and tells the fleet, and notes what they do elsewhere. While the fleet's
 * store is away deeds wait for it, {@value #MOST_UNTOLD} at most; when it is back, and at the start, what was missed is read.
 * Thread-safe; nothing waits.
 */
public final class Deeds {

    private static final int MOST_UNTOLD = DeedStore.MOST;

    /** What is known of deeds already noted; one that is older than so many is not told again by the store either. */
    private static final int MOST_KNOWN = 2 * DeedStore.MOST;

    private static final int LONGEST = 2_000;

    private final @Nullable DeedStore fleet;
    private final Log log;
    private final LongSupplier epochMillis;

    private final Set<String> known = new LinkedHashSet<>();

    /** What the fleet does not know yet, and when it was done. */
    private final Map<String, Long> untold = new LinkedHashMap<>();

    /** Takes down a deed. */
    @FunctionalInterface
    public interface Log {

        /**
         * @param atMillis Unix milliseconds on this host's clock
         * @param service whom it concerns; empty for all
         * @param detail who, and why
         */
        void did(long atMillis, String kind, String service, String detail);
    }

    /**
     * @param fleet null where this instance is the fleet
     * @param epochMillis Unix milliseconds on this host's clock
     */
    public Deeds(@Nullable DeedStore fleet, Log log, LongSupplier epochMillis) {
        this.fleet = fleet;
        this.log = log;
        this.epochMillis = epochMillis;
    }

    /** Begins to listen, and reads what the fleet did before. */
    public void start() {
        DeedStore store = fleet;
        if (store != null) {
            store.listen(this::heard, () -> catchUp(store));
            catchUp(store);
        }
    }

    /** Somebody did something through this instance. @param service whom it concerns; empty for all */
    public void did(String kind, String service, String detail) {
        did(kind, List.of(service), detail);
    }

    /** The same to several services. */
    public void did(String kind, Collection<String> services, String detail) {
        long at = epochMillis.getAsLong();
        for (String service : services) {
            if (fleet != null) {
                keep(Text.of(kind, service, detail), at);
            }
            log.did(at, kind, service, detail);
        }
        DeedStore store = fleet;
        if (store != null) {
            tell(store);
        }
    }

    private synchronized void keep(String text, long at) {
        isNew(text);
        untold.put(text, at);
        if (untold.size() > MOST_UNTOLD) {
            untold.remove(untold.keySet().iterator().next());
        }
    }

    private void tell(DeedStore store) {
        long now = epochMillis.getAsLong();
        List<Entry> deeds = new ArrayList<>();
        synchronized (this) {
            untold.forEach((text, at) -> deeds.add(new Entry(text, Math.max(0, now - at))));
        }
        if (deeds.isEmpty()) {
            return;
        }
        store.add(deeds).whenComplete((kept, failure) -> {
            if (failure == null) {
                synchronized (this) {
                    deeds.forEach(deed -> untold.remove(deed.text()));
                }
            } else if (!StoreAway.isRootOf(failure)) {
                AgentLog.warn("deeds", "what somebody did is not told to the other instances yet", failure);
            }
        });
    }

    private void catchUp(DeedStore store) {
        tell(store);
        store.read().whenComplete((deeds, failure) -> {
            if (failure == null) {
                deeds.forEach(this::heard);
            } else if (!StoreAway.isRootOf(failure)) {
                AgentLog.warn("deeds-read", "what was done through other instances cannot be read", failure);
            }
        });
    }

    /** What Redis holds may have been written by anybody. */
    private void heard(Entry deed) {
        if (deed.text().length() > LONGEST || !isNew(deed.text())) {
            return;
        }
        JsonNode node;
        try {
            node = JsonTrees.read(deed.text());
        } catch (IOException damaged) {
            AgentLog.warn("deeds-read", "a deed of another instance was not understood", damaged);
            return;
        }
        String kind = node.path("kind").asText();
        if (!kind.isEmpty()) {
            log.did(
                    epochMillis.getAsLong() - Math.max(0, deed.ageMillis()),
                    kind,
                    node.path("service").asText(),
                    node.path("detail").asText());
        }
    }

    private synchronized boolean isNew(String text) {
        boolean added = known.add(text);
        if (known.size() > MOST_KNOWN) {
            known.remove(known.iterator().next());
        }
        return added;
    }

    /** Loaded when somebody did something: its trees are not to be loaded by every start. */
    private static final class Text {

        static String of(String kind, String service, String detail) {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            node.put("kind", kind);
            node.put("service", service);
            node.put("detail", detail);
            node.put("id", UUID.randomUUID().toString());
            return JsonTrees.text(node);
        }
    }
}
