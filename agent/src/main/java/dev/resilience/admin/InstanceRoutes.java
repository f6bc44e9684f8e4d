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
        return roster.all().thenApply(InstanceRoutes::reply);
    }

    private static Reply reply(List<Instance> instances) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("instances");
        for (Instance instance : instances) {
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
