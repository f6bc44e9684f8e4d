package com.example.ledger;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;

/**
 * Enters a number for each line on its standard input, and says what became of it. A line with {@code together} behind the
 * number enters it in a transaction. Argument: the address of the database.
 */
public final class Ledger {

    private Ledger() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println("ready");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            System.out.println(words[0] + ": " + enter(arguments[0], Integer.parseInt(words[0]), words.length > 1));
        }
    }

    private static String enter(String url, int number, boolean together) {
        try (Connection connection = DriverManager.getConnection(url)) {
            connection.setAutoCommit(!together);
            try (PreparedStatement insert = connection.prepareStatement("insert into ledger(n, what) values (?, ?)")) {
                insert.setInt(1, number);
                insert.setObject(2, "{\"entry\": " + number + "}", Types.OTHER);
                int count = insert.executeUpdate();
                if (together) {
                    connection.commit();
                }
                return count + " entered";
            }
        } catch (SQLException failure) {
            return "failed, " + failure.getSQLState() + " " + failure.getMessage();
        }
    }
}
