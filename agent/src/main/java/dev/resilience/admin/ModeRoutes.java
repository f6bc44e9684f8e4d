package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.config.Durations;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How each breaker is used: told, and set at run time. */
final class ModeRoutes {

    private static final String AUTO = "auto";
    private static final int LONGEST_REASON = 500;

    private final Surface surface;

    ModeRoutes(Surface surface) {
        this.surface = surface;
    }

    /** {@code mode=auto} gives the service back to the file. */
    CompletionStage<Reply> set(Query query) {
        String service = query.needed("service");
        if (surface.circuits().find(service) == null) {
            throw new Problem(404, "Not found", "there is no circuit of '" + service + "'");
        }
        Mode mode = mode(query.needed("mode"));
        Duration length = length(query.stated("for"));
        if (mode == null && length != null) {
            throw new Problem(400, "Bad parameter", "'for' does not go with mode=auto");
        }
        String reason = Told.line(query.parameter("reason"), LONGEST_REASON);
        return surface.order(service, mode, length, reason, Told.who(query)).thenApply(order -> {
            ObjectNode body = Json.object().put("service", service);
            Circuit circuit = surface.circuits().find(service);
            put(surface, service, order.mode() == null || circuit == null ? null : order, body);
            return Reply.json(body);
        });
    }

    /** The mode in force and who ordered it. */
    static void put(Surface surface, String service, @Nullable ModeOrder order, ObjectNode node) {
        ServiceConfig config = surface.config().services().get(service);
        Mode inFile = config == null ? Mode.ENFORCE : config.mode();
        Mode ordered = order == null ? null : order.mode();
        node.put("mode", (ordered == null ? inFile : ordered).label());
        node.put("mode_source", ordered == null ? "file" : "runtime");
        if (order != null && ordered != null) {
            node.put("file_mode", inFile.label());
            node.put("mode_reason", order.reason());
            node.put("mode_by", order.who());
            node.put(
                    "mode_until",
                    order.remainingMillis() == ModeOrder.ENDLESS
                            ? null
                            : Json.time(surface.now() + order.remainingMillis()));
        }
    }

    private static @Nullable Mode mode(String text) {
        if (text.equalsIgnoreCase(AUTO)) {
            return null;
        }
        try {
            return Mode.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            String known = Arrays.stream(Mode.values()).map(Mode::label).collect(Collectors.joining(", "));
            throw new Problem(400, "Bad parameter", "'mode' has to be one of " + known + ", " + AUTO);
        }
    }

    private static @Nullable Duration length(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Duration length = Durations.parse(text);
        if (length == null) {
            throw new Problem(400, "Bad parameter", "'for' has to be a duration such as 30m or 2h");
        }
        return length;
    }
}
