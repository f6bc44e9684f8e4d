package com.example.war;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;

/**
 * The whole of a web application that brings its HTTP client and its JDBC driver in its own archive. Asks the address in
 * {@code to}, by its client and by the JDK's, and its database. Cleans up after itself when it is taken out.
 */
public final class FrontServlet extends HttpServlet {

    private CloseableHttpClient client;

    @Override
    public void init() {
        client = HttpClients.createDefault();
        try {
            Class.forName("org.h2.Driver");
        } catch (ClassNotFoundException missing) {
            throw new IllegalStateException(missing);
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        URI to = URI.create(request.getParameter("to"));
        response.getWriter().println("client: " + byClient(to));
        response.getWriter().println("jdk: " + byJdk(to));
        response.getWriter().println("rows: " + rows());
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
                int count = 0;
                while (rows.next()) {
                    count += rows.getInt(1);
                }
                return "" + count;
            }
        } catch (SQLException failure) {
            return failure.toString();
        }
    }

    @Override
    public void destroy() {
        try {
            client.close();
            for (Driver driver : Collections.list(DriverManager.getDrivers())) {
                if (driver.getClass().getClassLoader() == FrontServlet.class.getClassLoader()) {
                    DriverManager.deregisterDriver(driver);
                }
            }
        } catch (IOException | SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
