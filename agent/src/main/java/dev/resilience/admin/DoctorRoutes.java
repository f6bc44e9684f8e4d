package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.config.AgentConfig;
import dev.resilience.log.AgentLog;

/** What the command {@code doctor} wants to know of a JVM. */
final class DoctorRoutes {

    private final Surface surface;

    DoctorRoutes(Surface surface) {
        this.surface = surface;
    }

    Reply doctor(Query query) {
        AgentConfig config = surface.config();
        ObjectNode body = Json.object();
        body.put("version", surface.version());
        body.put("java", System.getProperty("java.version", ""));
        body.put("pid", ProcessHandle.current().pid());
        body.put("timestamp", Json.time(surface.now()));
        body.put("config_file", config.file().toAbsolutePath().toString());
        body.put("config_error", surface.configError());
        body.put("mode", surface.mode());
        body.put("redis", config.redis() == null ? null : config.redis().display());
        body.put("admin_url", surface.adminUrl());
        body.put("gate_failures", surface.gateFailures());
        ArrayNode woven = body.putArray("woven");
        surface.woven()
                .forEach((name, failure) ->
                        woven.addObject().put("class", name).put("failure", failure.isEmpty() ? null : failure));
        ArrayNode warnings = body.putArray("warnings");
        for (AgentLog.Told told : AgentLog.told()) {
            warnings.addObject()
                    .put("message", told.message())
                    .put("times", told.times())
                    .put("last", Json.time(told.lastMillis()));
        }
        return Reply.json(body);
    }
}
