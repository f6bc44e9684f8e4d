package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.resilience.CircuitBreakerOpenException;
import io.vertx.core.Vertx;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.cxf.jaxrs.client.WebClient;
import org.glassfish.jersey.apache5.connector.Apache5ConnectorProvider;
import org.glassfish.jersey.client.ClientConfig;
import org.glassfish.jersey.client.JerseyClientBuilder;
import org.glassfish.jersey.client.spi.ConnectorProvider;
import org.glassfish.jersey.jetty.connector.JettyConnectorProvider;
import org.glassfish.jersey.jnh.connector.JavaNetHttpConnectorProvider;
import org.jboss.resteasy.client.jaxrs.ClientHttpEngine;
import org.jboss.resteasy.client.jaxrs.engines.URLConnectionEngine;
import org.jboss.resteasy.client.jaxrs.engines.vertx.VertxClientHttpEngine;
import org.jboss.resteasy.client.jaxrs.internal.ResteasyClientBuilderImpl;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Clients of Jakarta REST: RESTEasy and Jersey over each of their engines, CXF over the JDK's clients. */
class LibraryRestTest extends NestedConformance {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx = Vertx.vertx();

    @AfterAll
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Override
    Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        add(callers, "RESTEasy over Apache 4", new ResteasyClientBuilderImpl().build());
        add(callers, "RESTEasy over HttpURLConnection", resteasy(new URLConnectionEngine()));
        add(callers, "RESTEasy over Vert.x", resteasy(new VertxClientHttpEngine(vertx)));
        add(callers, "Jersey over HttpURLConnection", JerseyClientBuilder.createClient());
        // Its asynchronous calls never end when one fails, with an agent or without.
        Client jnh = jersey(new JavaNetHttpConnectorProvider());
        callers.put(
                "Jersey over java.net.http",
                uri -> name(jnh.target(uri).request().get()));
        add(callers, "Jersey over Apache 5", jersey(new Apache5ConnectorProvider()));
        add(callers, "Jersey over Jetty", jersey(new JettyConnectorProvider()));
        callers.put(
                "CXF over HttpURLConnection", uri -> name(connection(cxf(uri)).get()));
        callers.put("CXF over HttpURLConnection, async", uri -> later(connection(cxf(uri))));
        return callers;
    }

    private static Client resteasy(ClientHttpEngine engine) {
        return new ResteasyClientBuilderImpl().httpEngine(engine).build();
    }

    private static Client jersey(ConnectorProvider connector) {
        return JerseyClientBuilder.createClient(new ClientConfig().connectorProvider(connector));
    }

    private static void add(Map<String, Caller> callers, String what, Client client) {
        callers.put(what, uri -> name(client.target(uri).request().get()));
        callers.put(
                what + ", async",
                uri -> name(client.target(uri).request().async().get().get(30, TimeUnit.SECONDS)));
    }

    private static WebClient cxf(URI uri) {
        return WebClient.create(uri);
    }

    private static WebClient connection(WebClient client) {
        WebClient.getConfig(client).getRequestContext().put("force.urlconnection.http.conduit", true);
        return client;
    }

    private static String later(WebClient client) throws Exception {
        return name(client.async().get().get(30, TimeUnit.SECONDS));
    }

    @Test
    void calls_that_cxf_makes_over_java_net_http_count_once() throws Exception {
        server.given = ((Caller) uri -> null).telling("Ada");
        assertThat(name(cxf(server.uri("/guarded/given")).get())).isEqualTo("Ada");
        settled("answered 200");
        guard.calls.clear();
        assertThat(later(cxf(server.uri("/guarded/given")))).isEqualTo("Ada");
        settled("answered 200");
        assertThat(server.hits.get()).isEqualTo(2);
        guard.answerAtOnce(server.given);
        assertThat(name(cxf(server.uri("/guarded/given")).get())).isEqualTo("Ada");
        assertThat(later(cxf(server.uri("/guarded/given")))).isEqualTo("Ada");
        assertThat(server.hits.get()).isEqualTo(2);
    }

    /** By itself CXF makes such a call again until its caller has heard that it failed, which must not take until a time-out. */
    @Test
    void calls_that_cxf_makes_over_java_net_http_fail_as_soon_as_its_caller_can_hear_of_it() throws Exception {
        URI refused = TestServer.refused("/guarded/given");
        assertThatThrownBy(() -> cxf(refused).get()).hasRootCauseInstanceOf(IOException.class);
        guard.reject();
        assertThatThrownBy(() -> cxf(server.uri("/guarded/given")).get())
                .hasRootCauseInstanceOf(CircuitBreakerOpenException.class);
        assertThat(server.hits.get()).isZero();
    }

    private static String name(Response response) throws Exception {
        try (response) {
            if (response.getStatus() != 200) {
                throw new IllegalStateException("status " + response.getStatus());
            }
            return JSON.readTree(response.readEntity(String.class)).get("name").asText();
        }
    }
}
