package dev.resilience.instrument;

import dev.resilience.instrument.apache4.Apache4;
import dev.resilience.instrument.apache5.Apache5;
import dev.resilience.instrument.asynchttp.AsyncHttp;
import dev.resilience.instrument.awssdk.AwsSdk;
import dev.resilience.instrument.javahttp.JavaHttp;
import dev.resilience.instrument.jdbc.Jdbc;
import dev.resilience.instrument.jetty12.Jetty;
import dev.resilience.instrument.loaders.IsolatingLoaders;
import dev.resilience.instrument.management.PlatformServer;
import dev.resilience.instrument.okhttp.OkHttp;
import dev.resilience.instrument.opentelemetry.OpenTelemetry;
import dev.resilience.instrument.reactor.ReactorNetty;
import dev.resilience.instrument.reactor.WebClient;
import dev.resilience.instrument.urlconnection.UrlConnection;
import dev.resilience.instrument.vertx.VertxHttp;
import java.util.ArrayList;
import java.util.List;

/** All clients that the agent knows, and what else it weaves on their account. */
public final class Clients {

    private Clients() {}

    /** What may be woven, in the order that numbers the sites; the same list at every call. */
    public static List<WeavePoint> points() {
        List<WeavePoint> points = new ArrayList<>();
        JavaHttp.addPoints(points);
        UrlConnection.addPoints(points);
        Jdbc.addPoints(points);
        OkHttp.addPoints(points);
        Apache4.addPoints(points);
        Apache5.addPoints(points);
        WebClient.addPoints(points);
        AsyncHttp.addPoints(points);
        AwsSdk.addPoints(points);
        OpenTelemetry.addPoints(points);
        ReactorNetty.addPoints(points);
        VertxHttp.addPoints(points);
        Jetty.addPoints(points);
        IsolatingLoaders.addPoints(points);
        PlatformServer.addPoints(points);
        return points;
    }
}
