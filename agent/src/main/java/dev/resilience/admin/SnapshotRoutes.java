package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.health.snapshot.Snapshots;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** How everything stood at each change of state of the last day. */
final class SnapshotRoutes {

    private final Surface surface;

    SnapshotRoutes(Surface surface) {
        this.surface = surface;
    }

    CompletionStage<Reply> newest(Query query) {
        int limit = query.number("limit", 50, 1, 500);
        int offset = query.number("offset", 0, 0, 10_000);
        return taker().newest(offset + limit).thenApply(newest -> {
            ObjectNode body = Json.object();
            body.put("offset", offset);
            ArrayNode snapshots = body.putArray("snapshots");
            newest.stream()
                    .skip(offset)
                    .map(Json::objectOf)
                    .filter(Objects::nonNull)
                    .forEach(snapshots::add);
            return Reply.json(body);
        });
    }

    CompletionStage<Reply> take(Query query) {
        String reason = query.parameter("reason");
        String why = "asked for by " + Told.who(query) + (reason == null ? "" : ": " + reason);
        return taker().take(why).thenApply(snapshot -> {
            ObjectNode body = Json.object();
            body.set("snapshot", Json.objectOf(snapshot));
            return Reply.json(body);
        });
    }

    private Snapshots taker() {
        Snapshots snapshots = surface.snapshots();
        if (snapshots == null) {
            throw new Problem(404, "Not found", "no snapshots are taken");
        }
        return snapshots;
    }
}
