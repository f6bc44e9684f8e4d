package dev.resilience.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;

/** Who sends, as all that goes to a collector says it. */
final class Origin {

    static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("dev.resilience");

    private Origin() {}

    static Resource resource(String application, String instance) {
        return Resource.getDefault()
                .merge(Resource.create(Attributes.builder()
                        .put("service.name", application)
                        .put("service.instance.id", instance)
                        .put("telemetry.distro.name", "resilience.jar")
                        .build()));
    }
}
