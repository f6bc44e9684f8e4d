package com.example.war;

import java.io.Closeable;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;

/** What an application does that brings its HTTP client and its JDBC driver in its own archive. Thread-safe. */
final class Calls implements Closeable {

    private final CloseableHttpClient client = HttpClients.createDefault();

    Calls() {
        try {
            Class.forName("org.h2.Driver");
        } catch (ClassNotFoundException missing) {
            throw new IllegalStateException(missing);
        }
    }

    /** Asks the address by the application's client and by the JDK's, and the database: what each gave, a line for one. */
    String all(URI to) {
        return "client: " + byClient(to) + "\njdk: " + byJdk(to) + "\nrows: " + rows() + "\n";
    }

    private String byClient(URI to) {
        try {
            return client.execute(new HttpGet(to), answer -> "" + answer.getCode());
        } catch (IOException failure) {
            return failure.getClass().getName();
        }
    }

    private static String byJdk(URI to) {
        try {
            return "" + ((HttpURLConnection) to.toURL().openConnection()).getResponseCode();
        } catch (IOException failure) {
            return failure.getClass().getName();
        }
    }

    private static String rows() {
        try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:shop");
                PreparedStatement statement = connection.prepareStatement("select x from system_range(1, ?)")) {
            statement.setInt(1, 3);
            try (ResultSet rows = statement.executeQuery()) {
                int sum = 0;
                while (rows.next()) {
                    sum += rows.getInt(1);
                }
                return "" + sum;
            }
        } catch (SQLException failure) {
            return failure.toString();
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
