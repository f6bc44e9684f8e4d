package com.example.booking;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Who works at the clinic. Thread-safe. */
final class StaffDirectory {

    private final DataSource dataSource;

    StaffDirectory(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** The staff of one site, as JSON. */
    Reply at(String site) throws SQLException {
        List<String> people = new ArrayList<>();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "select id, name, role, since from staff where site = ? order by name")) {
            statement.setString(1, site);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    people.add(json(
                            rows.getLong("id"),
                            rows.getString("name"),
                            rows.getString("role"),
                            String.valueOf(rows.getDate("since"))));
                }
            }
        }
        return reply(people);
    }

    static String json(long id, String name, String role, String since) {
        return "{\"id\":" + id + ",\"name\":\"" + name + "\",\"role\":\"" + role + "\",\"since\":\"" + since + "\"}";
    }

    static Reply reply(List<String> people) {
        return new Reply(200, ("[" + String.join(",", people) + "]").getBytes(StandardCharsets.UTF_8));
    }
}
