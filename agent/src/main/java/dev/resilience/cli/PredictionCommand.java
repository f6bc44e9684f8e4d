package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** What is to be expected of a service. */
@CommandLine.Command(name = "prediction", description = "The trend of a service, the trouble to expect and what to do.")
final class PredictionCommand extends View {

    @Parameters(paramLabel = "SERVICE", description = "The service.")
    @SuppressWarnings("NullAway.Init")
    private String service;

    @Override
    String path() {
        return "/api/health/prediction?service=" + AdminClient.encoded(service);
    }

    @Override
    void show(JsonNode answer, AdminClient admin, Screen screen) {
        screen.line(answer.path("service").asText() + ": "
                + (answer.path("trend").isTextual() ? answer.path("trend").asText() : answer.path("trend")));
        for (JsonNode prediction : answer.path("predictions")) {
            screen.line("  expected  " + told(prediction));
        }
        for (JsonNode recommendation : answer.path("recommendations")) {
            screen.line("  do        " + told(recommendation));
        }
    }

    /** A text, or an object that has one among its values. */
    private static String told(JsonNode node) {
        for (String name : new String[] {"message", "summary", "text", "description"}) {
            if (node.path(name).isTextual()) {
                return node.path(name).asText();
            }
        }
        return node.isTextual() ? node.asText() : node.toString();
    }
}
