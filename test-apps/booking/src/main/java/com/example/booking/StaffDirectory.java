package com.example.booking;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.StringJoiner;
import javax.sql.DataSource;

/** Who works at the clinic. Thread-safe. */
final class StaffDirectory {

    private final DataSource dataSource;

    StaffDirectory(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** The staff of one site, as JSON. */
    Reply at(String site) throws SQLException {
        StringJoiner people = new StringJoiner(",", "[", "]");
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "select id, name, role, since from staff where site = ? order by name")) {
            statement.setString(1, site);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    people.add("{\"id\":" + rows.getLong("id") + ",\"name\":\"" + rows.getString("name")
                            + "\",\"role\":\"" + rows.getString("role") + "\",\"since\":\"" + rows.getDate("since")
                            + "\"}");
                }
            }
        }
        return new Reply(200, people.toString().getBytes(StandardCharsets.UTF_8));
    }
}
