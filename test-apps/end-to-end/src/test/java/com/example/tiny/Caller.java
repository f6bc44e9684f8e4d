package com.example.tiny;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Asks an HTTP address and a database, once for each line on its standard input, and says what became of both. Both have been
 * asked before the first line is read. Arguments: the address; the database is one in memory.
 */
public final class Caller {

    private Caller() {}

    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        URI address = URI.create(arguments[0]);
        // Held open, so that the database stays.
        try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:caller")) {
            System.out.println("ready: " + http(client, address) + " " + sql(connection));
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
            while (lines.readLine() != null) {
                System.out.println("answer: " + http(client, address) + " " + sql(connection));
            }
        }
    }

    private static String http(HttpClient client, URI address) throws InterruptedException {
        try {
            return "http "
                    + client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                            .statusCode();
        } catch (IOException failure) {
            return "http " + failure.getClass().getSimpleName();
        }
    }

    private static String sql(Connection connection) {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select 42")) {
            rows.next();
            return "sql " + rows.getInt(1);
        } catch (SQLException failure) {
            return "sql " + failure.getClass().getSimpleName() + " " + failure.getSQLState();
        }
    }
}
