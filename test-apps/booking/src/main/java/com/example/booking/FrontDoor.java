package com.example.booking;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The clinic's HTTP interface. A failing dependency is answered 502, 503 or 504, never by an open end. */
final class FrontDoor {

    /** As many as common application servers have. */
    private static final int THREADS = 200;

    private final CalCom calCom;
    private final StaffDirectory staff;
    private final StaffByHibernate byHibernate;
    private final HttpServer server;

    FrontDoor(int port, CalCom calCom, StaffDirectory staff, StaffByHibernate byHibernate) throws IOException {
        this.calCom = calCom;
        this.staff = staff;
        this.byHibernate = byHibernate;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        server.setExecutor(threads);
        server.createContext("/availability", exchange -> answer(exchange, this::availability));
        server.createContext("/bookings", exchange -> answer(exchange, this::book));
        server.createContext("/staff", exchange -> answer(exchange, this::staff));
    }

    void open() {
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private Reply availability(HttpExchange exchange) throws IOException, InterruptedException {
        return calCom.availability(parameter(exchange, "day", "today"));
    }

    private Reply book(HttpExchange exchange) throws IOException, InterruptedException {
        if (!"POST".equals(exchange.getRequestMethod())) {
            return error(405, "POST a booking");
        }
        String query = exchange.getRequestURI().getRawQuery();
        return calCom.book(exchange.getRequestBody().readAllBytes(), query == null ? "" : "?" + query);
    }

    private Reply staff(HttpExchange exchange) throws SQLException {
        String site = parameter(exchange, "site", "north");
        return parameter(exchange, "through", "jdbc").equals("hibernate") ? byHibernate.at(site) : staff.at(site);
    }

    private static void answer(HttpExchange exchange, Desk desk) throws IOException {
        try (exchange) {
            Reply reply;
            try {
                reply = desk.serve(exchange);
            } catch (HttpTimeoutException tooSlow) {
                reply = error(504, "The calendar does not answer");
            } catch (IOException failed) {
                reply = error(502, "The calendar is out of order");
            } catch (SQLException failed) {
                reply = error(503, "The staff directory is out of order");
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                reply = error(503, "Closing");
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status(), reply.json().length == 0 ? -1 : reply.json().length);
            exchange.getResponseBody().write(reply.json());
        }
    }

    private static Reply error(int status, String message) {
        return new Reply(status, ("{\"error\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private static String parameter(HttpExchange exchange, String name, String otherwise) {
        String query = exchange.getRequestURI().getQuery();
        if (query != null) {
            for (String pair : query.split("&")) {
                if (pair.startsWith(name + "=")) {
                    return pair.substring(name.length() + 1);
                }
            }
        }
        return otherwise;
    }

    private interface Desk {
        Reply serve(HttpExchange exchange) throws IOException, InterruptedException, SQLException;
    }
}
