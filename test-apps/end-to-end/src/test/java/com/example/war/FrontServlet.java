package com.example.war;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Collections;

/**
 * The whole of a web application: asks the address in {@code to} and its database. Cleans up after itself when it is taken
 * out.
 */
public final class FrontServlet extends HttpServlet {

    private Calls calls;

    @Override
    public void init() {
        calls = new Calls();
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        response.getWriter().print(calls.all(URI.create(request.getParameter("to"))));
    }

    @Override
    public void destroy() {
        try {
            calls.close();
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
