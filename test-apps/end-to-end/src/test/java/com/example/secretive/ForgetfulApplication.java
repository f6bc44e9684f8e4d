package com.example.secretive;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Makes calls with secrets that it keeps nowhere, not even as constants: {@code secret("x")} is {@code S3CR3T-x} and made
 * anew for each call. Then it says so and stays until its standard input ends. Arguments: address of a server, URL of a
 * database.
 */
public final class ForgetfulApplication {

    /** Something that is in the heap on purpose, so that a search can prove itself. */
    static final char[] KEPT = secret("kept").toCharArray();

    static final String KEPT_STRING = secret("kept");

    private static final int CALLS = 40;

    private ForgetfulApplication() {}

    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < CALLS; i++) {
            http(arguments[0]);
            sql(arguments[1]);
        }
        System.out.println("forgotten " + (KEPT.length == KEPT_STRING.length()));
        while (System.in.read() >= 0) {}
    }

    private static String secret(String what) {
        return new StringBuilder("-T3RC3S").reverse() + what;
    }

    private static void http(String address) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(address + "/v1/availability/x?api_key=" + secret("query"))
                            .toURL()
                            .openConnection();
            connection.setRequestProperty("Authorization", "Bearer " + secret("bearer"));
            connection.setRequestProperty("Cookie", "session=" + secret("cookie"));
            connection.setRequestProperty("X-Api-Key", secret("header"));
            connection.setRequestProperty("Connection", "close");
            try (InputStream in = connection.getInputStream()) {
                in.readAllBytes();
            }
        } catch (IOException failure) {
            System.out.println("failed");
        }
    }

    private static void sql(String url) {
        Properties properties = new Properties();
        properties.setProperty("user", "sa");
        properties.setProperty("password", secret("password"));
        try (Connection connection = DriverManager.getConnection(url, properties);
                PreparedStatement statement = connection.prepareStatement("select 1 where length(?) > 0")) {
            statement.setString(1, secret("parameter"));
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
            }
        } catch (SQLException failure) {
            System.out.println("failed");
        }
    }
}
