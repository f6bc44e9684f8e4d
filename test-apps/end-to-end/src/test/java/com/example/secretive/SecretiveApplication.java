package com.example.secretive;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Has a secret in every place where applications have them, each with {@code S3CR3T} in it. Makes all its calls once for
 * each line typed. Arguments: address of a server, URL of a database.
 */
public final class SecretiveApplication {

    private SecretiveApplication() {}

    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        while (lines.readLine() != null) {
            http(client, arguments[0]);
            sql(arguments[1]);
            System.out.println("asked");
        }
    }

    private static void http(HttpClient client, String address) throws InterruptedException {
        URI availability = URI.create(address + "/v1/availability/today?api_key=S3CR3T-query&day=1");
        try {
            client.send(
                    HttpRequest.newBuilder(availability)
                            .header("Authorization", "Bearer S3CR3T-bearer")
                            .header("Cookie", "session=S3CR3T-cookie")
                            .build(),
                    BodyHandlers.ofString());
            client.send(HttpRequest.newBuilder(availability).build(), BodyHandlers.ofString());
            client.send(
                    HttpRequest.newBuilder(URI.create(address + "/v1/bookings?access_token=S3CR3T-token"))
                            .header("Authorization", "Basic S3CR3T-basic")
                            .header("X-Api-Key", "S3CR3T-header")
                            .header("Proxy-Authorization", "S3CR3T-proxy")
                            .POST(BodyPublishers.ofString("{\"password\":\"S3CR3T-body\"}"))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException failure) {
            System.out.println("failed");
        }
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create(address.replace("://", "://user:S3CR3T-userinfo@") + "/v1/availability/x")
                            .toURL()
                            .openConnection();
            connection.setRequestProperty("Authorization", "Bearer S3CR3T-old");
            connection.getResponseCode();
        } catch (IOException failure) {
            System.out.println("failed");
        }
    }

    private static void sql(String url) {
        Properties properties = new Properties();
        properties.setProperty("user", "sa");
        properties.setProperty("password", "S3CR3T-property");
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("create table if not exists account (name varchar(99), password varchar(99))");
                statement.executeUpdate("insert into account values ('ann', 'S3CR3T-literal')");
                statement
                        .executeQuery("select * from account where password = 'S3CR3T-where'")
                        .close();
                statement
                        .executeQuery("select * from missing where password = 'S3CR3T-error'")
                        .close();
            } catch (SQLException expected) {
                System.out.println("failed");
            }
            try (PreparedStatement statement =
                    connection.prepareStatement("select name from account where password = ?")) {
                statement.setString(1, "S3CR3T-parameter");
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                }
            }
        } catch (SQLException failure) {
            System.out.println("failed");
        }
        try {
            DriverManager.getConnection("jdbc:h2:tcp://127.0.0.1:1/x;PASSWORD=S3CR3T-url", "sa", "S3CR3T-refused");
        } catch (SQLException refused) {
            System.out.println("failed");
        }
    }
}
