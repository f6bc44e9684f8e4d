package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.health.roster.Instance;
import dev.resilience.health.roster.Roster;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Who is in the fleet. */
final class InstanceRoutes {

    private final Surface surface;

    InstanceRoutes(Surface surface) {
        this.surface = surface;
    }

    CompletionStage<Reply> list(Query query) {
        Roster roster = surface.roster();
        if (roster == null) {
            throw new Problem(404, "Not found", "no instances are listed");
        }
        int offset = query.number("offset", 0, 0, Integer.MAX_VALUE);
        int limit = query.number("limit", 1_000, 1, 1_000);
        return roster.all().thenApply(instances -> reply(instances, offset, limit));
    }

    /** Drift is that of all, on whichever page. */
    private static Reply reply(List<Instance> instances, int offset, int limit) {
        ObjectNode body = Json.object();
        body.put("total", instances.size());
        body.put("offset", offset);
        ArrayNode list = body.putArray("instances");
        for (Instance instance : instances.stream().skip(offset).limit(limit).toList()) {
            ObjectNode one = list.addObject();
            one.put("instance", instance.name());
            one.put("application", instance.application());
            one.put("host", instance.host());
            one.put("version", instance.version());
            one.put("mode", instance.mode());
            one.put("config", instance.config());
            if (instance.configError().isEmpty()) {
                one.putNull("config_error");
            } else {
                one.put("config_error", instance.configError());
            }
            one.put("since", Instant.ofEpochMilli(instance.sinceMillis()).toString());
            one.put("last_seen_ms", instance.silentMillis());
            one.put("lost", instance.lost());
            one.put("namesake", instance.namesake().isEmpty() ? null : instance.namesake());
        }
        String drift = Roster.drift(instances);
        if (drift == null) {
            body.putNull("drift");
        } else {
            body.put("drift", drift);
        }
        return Reply.json(body);
    }
}
