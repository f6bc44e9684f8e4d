package com.example.tiny;

import com.sun.net.httpserver.HttpServer;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Properties;

/** What a web application does between its deployment and its end. Loaded anew for each. */
public final class Deployment implements Runnable {

    @Override
    public void run() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                try (exchange) {
                    exchange.sendResponseHeaders(200, 2);
                    exchange.getResponseBody().write(new byte[] {'o', 'k'});
                }
            });
            server.start();
            try {
                URI address =
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
                HttpClient.newHttpClient().send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
                HttpURLConnection connection =
                        (HttpURLConnection) address.toURL().openConnection();
                connection.getInputStream().readAllBytes();
            } finally {
                server.stop(0);
            }
            // The driver of this loader, asked itself: the driver manager would be a leak of the application's own.
            Driver driver = (Driver)
                    Class.forName("org.h2.Driver").getDeclaredConstructor().newInstance();
            try (Connection connection = driver.connect("jdbc:h2:mem:deployment", new Properties());
                    PreparedStatement statement = connection.prepareStatement("select ? + 1")) {
                statement.setInt(1, 41);
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    rows.getInt(1);
                    rows.next();
                }
            }
            java.sql.DriverManager.drivers()
                    .filter(ours -> ours.getClass().getClassLoader() == Deployment.class.getClassLoader())
                    .forEach(Deployment::deregister);
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void deregister(Driver driver) {
        try {
            java.sql.DriverManager.deregisterDriver(driver);
        } catch (java.sql.SQLException refused) {
            throw new IllegalStateException(refused);
        }
    }
}
